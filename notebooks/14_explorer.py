# %% [markdown]
# # Explore the embeddings
#
# [![Open in Colab](../book/images/colab.svg)](https://colab.research.google.com/github/OWNER/semlib/blob/v0.1.0/notebooks/14_explorer.ipynb)
#
# A score says little about what lies beside what. Here are all images of the [paper-scale run](13_paper_scale), a dot each:
# point at a dot to see its image, click it to see the images nearest to it, draw a box or a lasso to see many at once.
# **The images are the synthetic twin's**, as in that run. Carinthia was not at hand.
# Where the repository's `results/` is missing, as on Colab, a small run of 160 images is made in its place.

# %% tags=["parameters"]
dataset = "recorded"  # "recorded": the paper-scale run; or "synthetic", "carinthia", a folder: a small run, made here
n_images = 160  # of a small run
seed = 0

# %% tags=["hide-input"]
# On Colab only: install semlib. Its requirements are lower bounds, so Colab keeps its own torch and numpy.
import importlib.util
import subprocess
import sys

if "google.colab" in sys.modules and importlib.util.find_spec("semlib") is None:
    source = "semlib @ git+https://github.com/OWNER/semlib@v0.1.0"
    subprocess.run([sys.executable, "-m", "pip", "install", "-q", source], check=True)

import numpy as np

from semlib.plots import home, sem_features
from semlib.plots.explorer import embedding_explorer
from semlib.plots.explorer_runs import recorded_run, small_run
from semlib.plots.style import use_style
from semlib.sem.synthetic import CLASS_NAMES

use_style()
run = recorded_run("paper1_synthetic") if dataset == "recorded" else None
if run is None:  # results/ is not here (on Colab, say), or other images are asked for
    run = small_run(
        "synthetic" if dataset == "recorded" else dataset, n_images=n_images, seed=seed
    )
print(f"{run.about}\ndata: {run.source}")

# %% tags=["hide-input", "nbval-ignore-output"]
classes = {} if run.is_real else {k: f"{k} {name}" for k, name in CLASS_NAMES.items()}
embedding_explorer(
    run.layouts,
    run.images,
    run.colours,
    run.captions,
    near=run.near,
    group_names={"label": classes},
    name="explorer-embeddings",
    alt=f"Scatter plot of {len(run.captions):,} images by the chosen embedding. {run.source}.",
)

# %% [markdown]
# The menus choose the features that were laid out (the paper's method, the same network before training, and the four classical
# methods), UMAP or t-SNE, and the colour. *Cluster* and *silhouette* are those of the chosen features, with the paper's
# K; a silhouette below 0 is an image nearer to another cluster. *Shading* is the mean grey of the right edge less the left,
# or of the bottom edge less the top. Only *label* knows the classes; nothing else here has seen them.
#
# **Nearest** means nearest by the features, all 128 numbers of them for the two networks, not nearest on the
# screen. Lines lead from the pinned image to them. Where they are long, UMAP or t-SNE has torn neighbours apart. Distances of
# different features do not compare.
#
# Arrow keys work too, once the plot is chosen with Tab or a click: left and right along the list, up and down by nearness
# on the screen to the pinned point, or to where you began. Enter pins, S selects the point or drops it, Shift with an arrow selects on the way, Escape clears. On a
# phone, tap. Each small image is stretched from its darkest to its brightest pixel.
#
# ## What to look for
#
# - *SSL* by *mean grey* and by *shading, across*: does the band follow the defect or the light? Click along it and watch.
# - The same for the *untrained encoder*, which has learned nothing.
# - Draw a box around a small group of one colour and read its montage: does it share a defect, or a background?
# - Colour by *silhouette* and click the lowest values: which images does the clustering place badly?
#
# ## The same on paper
#
# {numref}`fig-mosaic` puts some of the images at their places, {numref}`fig-explorer` has all points of four maps.

# %% mystnb={"figure": {"name": "fig-mosaic", "caption": "Images at the places where the paper's method and t-SNE put them; of those that would overlap, the one nearest to the middle of its square. Follow the band: it runs from dark backgrounds to light ones, with large and small defects of any shape beside each other. Synthetic, unless you chose other data."}} tags=["nbval-ignore-output"]
home.mosaic(run.layouts[next(iter(run.layouts))[0], "t-SNE"], run.images, source=run.source)

# %% mystnb={"figure": {"name": "fig-explorer", "caption": "The points of the explorer above: the paper's method and the untrained encoder by UMAP and t-SNE, coloured by the mean grey of each image. Where the colour runs smoothly along a band, the band is an order by brightness, learned or not. Synthetic, unless you chose other data."}} tags=["nbval-ignore-output"]
shown = list(dict.fromkeys(method for method, _ in run.layouts))[:2]
sem_features.projections_by_value(
    {f"{method},\n{kind}": xy for (method, kind), xy in run.layouts.items() if method in shown},
    np.asarray(run.colours["mean grey"]),
    label="mean grey",
    source=run.source,
)
