"""A scatter plot that shows the image under the pointer: in the book (offline too), Jupyter and Colab."""

from __future__ import annotations

import base64
import io
import json
from string import Template

import numpy as np
from IPython.display import HTML
from PIL import Image

from semlib.plots.style import COLORS

# In the book plotly.js comes from _static (book/_ext/offline_assets.py puts it there). In Jupyter and on
# Colab it comes from the CDN of plotly, in the version that is installed.
_PAGE = Template("""<div id="$id" style="width:100%;max-width:720px;height:460px"></div>
<script>
(function () {
  var spec = $spec;
  function draw() {
    var plot = document.getElementById("$id");
    Plotly.newPlot(plot, spec.data, spec.layout, {responsive: true, displaylogo: false});
    var tip = document.body.appendChild(document.createElement("div"));
    tip.style.cssText =
    "position:fixed;display:none;pointer-events:none;z-index:9999;background:#fff;color:#000;" +
      "border:1px solid #888;padding:3px;font:12px sans-serif";
    var image = tip.appendChild(document.createElement("img"));
    var caption = tip.appendChild(document.createElement("div"));
    plot.on("plotly_hover", function (event) {
      var point = event.points[0];
      image.src = point.customdata[0];
      caption.textContent = point.customdata[1];
      tip.style.left = Math.min(event.event.clientX + 14, window.innerWidth - 130) + "px";
      tip.style.top = Math.min(event.event.clientY + 14, window.innerHeight - 150) + "px";
      tip.style.display = "block";
    });
    plot.on("plotly_unhover", function () { tip.style.display = "none"; });
  }
  if (window.Plotly) { draw(); return; }
  var root = document.documentElement.dataset.content_root;
  var script = document.createElement("script");
  script.src = root !== undefined ? root + "_static/plotly.min.js" : "$cdn";
  script.onload = draw;
  document.head.appendChild(script);
})();
</script>""")


def explorer(
    xy: np.ndarray,
    images: np.ndarray,
    groups: np.ndarray,
    captions: list[str],
    *,
    name: str,
    side: int = 96,
    legend: str = "class",
) -> HTML:
    """Return a scatter plot that shows the image under the pointer.

    Parameters
    ----------
    xy : ndarray, (N, 2)
        Positions.
    images : ndarray, (N, H, W)
        Grey images in [0, 1].
    groups : ndarray, (N,)
        Each distinct value is a colour and a line in the legend; a click there hides it.
    captions : list of str
        Shown below the image.
    name : str
        The plot's id in the page; fixed, so that a repeated run gives the same output.
    side : int, default 96
        Side of the thumbnails, in pixels.
    legend : str, default "class"
        What the groups are.
    """
    if not len(xy) == len(images) == len(groups) == len(captions):
        sizes = [len(x) for x in (xy, images, groups, captions)]
        raise ValueError(
            f"xy, images, groups, captions have {sizes} entries; pass one of each for every point"
        )
    data = []
    for i, group in enumerate(np.unique(groups)):
        rows = np.flatnonzero(groups == group)
        data.append(
            {
                "type": "scattergl" if len(xy) > 2000 else "scatter",
                "mode": "markers",
                "name": str(group),
                "x": np.round(xy[rows, 0].astype(float), 3).tolist(),
                "y": np.round(xy[rows, 1].astype(float), 3).tolist(),
                "customdata": [[_thumbnail(images[r], side), captions[r]] for r in rows],
                "marker": {"color": COLORS[i % len(COLORS)], "size": 7, "opacity": 0.8},
                "hoverinfo": "none",
            }
        )
    axis = {"showticklabels": False, "zeroline": False, "showgrid": False}
    layout = {
        "margin": {"l": 10, "r": 10, "t": 10, "b": 10},
        "xaxis": axis,
        "yaxis": axis,
        "legend": {"title": {"text": legend}},
        "hovermode": "closest",
    }
    spec = json.dumps({"data": data, "layout": layout}).replace("</", "<\\/")
    return HTML(_PAGE.substitute(id=name, spec=spec, cdn=_cdn()))


def _thumbnail(image: np.ndarray, side: int) -> str:
    grey = Image.fromarray((np.clip(image, 0, 1) * 255).astype(np.uint8)).resize((side, side))
    buffer = io.BytesIO()
    grey.save(buffer, "JPEG", quality=60)
    return "data:image/jpeg;base64," + base64.b64encode(buffer.getvalue()).decode()


def _cdn() -> str:
    from plotly.offline import get_plotlyjs_version

    return f"https://cdn.plot.ly/plotly-{get_plotlyjs_version()}.min.js"
