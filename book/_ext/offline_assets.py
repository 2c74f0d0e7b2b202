"""Put the installed MathJax and plotly.js into the book, so that it needs no network; and no more.

A first visit to a page loads what the theme shares among all pages. Much of that is spared:

- plotly.js (4.8 MB) is packed (1.9 MB), since not every server packs, and a disk never does.
- `fontawesome.js` (1.5 MB) draws the icons that the theme's style draws with its fonts (0.3 MB) anyway.
- MathJax stays on pages that have a formula.
- Of MathJax (1.2 MB) what reads TeX, draws it and tells a screen reader (0.8 MB); its menu of the right mouse
  button is left out.
"""

import base64
import gzip
from importlib.util import find_spec
from pathlib import Path

from sphinx.util.fileutil import copy_asset

#: MathJax's components, which its start-up script asks for.
COMPONENTS = ("core", "input/tex", "output/chtml", "a11y/assistive-mml")
MATHJAX = ("startup.js", *(f"{name}.js" for name in COMPONENTS), "output/chtml/fonts", "input/tex/extensions")

UNPACK = """window.semlibUnpacked = fetch("data:application/gzip;base64,%s")
  .then((packed) => new Response(packed.body.pipeThrough(new DecompressionStream("gzip"))).text())
  .then((text) => {
    const script = document.createElement("script");
    script.textContent = text;
    document.head.append(script);
  });
"""


def _folder(package):
    return Path(find_spec(package).submodule_search_locations[0])


def packed(script: bytes) -> str:
    """Return a script that unpacks and runs another; its promise ``window.semlibUnpacked`` says when."""
    data = base64.b64encode(gzip.compress(script, mtime=0)).decode()
    return UNPACK % data


def copy(app, error):
    if error is not None or app.builder.format != "html":
        return
    static = Path(app.outdir) / "_static"
    mathjax = _folder("sphinx-mathjax-offline") / "static" / "mathjax"
    for name in MATHJAX:
        target = static / "mathjax" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        copy_asset(str(mathjax / name), str(target if (mathjax / name).is_dir() else target.parent))
    plotly = _folder("plotly") / "package_data" / "plotly.min.js"
    (static / "plotly.packed.js").write_text(packed(plotly.read_bytes()), "ascii")
    (static / "scripts" / "fontawesome.js").write_text("// the theme's fonts draw the icons\n")


def no_formula_no_mathjax(app, pagename, templatename, context, doctree):
    if "script_files" in context and 'class="math' not in context.get("body", ""):
        kept = [file for file in context["script_files"] if "mathjax" not in str(file.filename)]
        context["script_files"] = kept


def few_components(app, config):
    """Ask for our components, beside what Jupyter Book tells MathJax."""
    config.mathjax3_config = {**(config.mathjax3_config or {}), "loader": {"load": list(COMPONENTS)}}


def setup(app):
    app.connect("config-inited", few_components, priority=900)  # after Jupyter Book's own
    app.connect("build-finished", copy)
    app.connect("html-page-context", no_formula_no_mathjax, priority=900)  # after Sphinx has named MathJax
    app.config.mathjax_path = "mathjax/startup.js"
    return {"parallel_read_safe": True, "parallel_write_safe": True}
