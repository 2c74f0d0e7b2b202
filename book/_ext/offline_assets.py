"""Copy MathJax and plotly.js from the installed Python packages, so that the book reads without a network."""

from importlib.util import find_spec
from pathlib import Path

from sphinx.util.fileutil import copy_asset, copy_asset_file

MATHJAX = ("tex-mml-chtml.js", "output/chtml/fonts", "input/tex/extensions")


def _folder(package):
    return Path(find_spec(package).submodule_search_locations[0])


def copy(app, error):
    if error is not None or app.builder.format != "html":
        return
    static = Path(app.outdir) / "_static"
    mathjax = _folder("sphinx-mathjax-offline") / "static" / "mathjax"
    for name in MATHJAX:
        target = static / "mathjax" / name
        if (mathjax / name).is_dir():
            copy_asset(str(mathjax / name), str(target))
        else:
            target.parent.mkdir(parents=True, exist_ok=True)
            copy_asset_file(str(mathjax / name), str(target))
    copy_asset_file(str(_folder("plotly") / "package_data" / "plotly.min.js"), str(static))


def setup(app):
    app.connect("build-finished", copy)
    app.config.mathjax_path = "mathjax/tex-mml-chtml.js"
    return {"parallel_read_safe": True, "parallel_write_safe": True}
