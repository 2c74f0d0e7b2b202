"""Copy MathJax and plotly.js from the installed packages, so that the book needs no network; and no more.

A first visit to a page loads what the theme shares among all pages. Two parts of that are spared:

- `fontawesome.js` (1.5 MB) draws the icons that the theme's style draws with its fonts (0.3 MB) anyway.
- MathJax (1.2 MB) stays on pages that have a formula.
"""

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
    (static / "scripts" / "fontawesome.js").write_text("// the theme's fonts draw the icons\n")


def no_formula_no_mathjax(app, pagename, templatename, context, doctree):
    if "script_files" in context and 'class="math' not in context.get("body", ""):
        kept = [file for file in context["script_files"] if "mathjax" not in str(file.filename)]
        context["script_files"] = kept


def setup(app):
    app.connect("build-finished", copy)
    app.connect("html-page-context", no_formula_no_mathjax, priority=900)  # after Sphinx has named MathJax
    app.config.mathjax_path = "mathjax/tex-mml-chtml.js"
    return {"parallel_read_safe": True, "parallel_write_safe": True}
