# %% [markdown]
# # Preprocessing: crop, resize, normalise
#
# [![Open in Colab](../book/images/colab.svg)](https://colab.research.google.com/github/OWNER/semlib/blob/v0.1.0/notebooks/02_preprocessing.ipynb)
#
# Before anything is learned, each image is made comparable with the others (paper 1, sections 3.2 and 4). A border of
# fixed width is cropped, the image is resized to 512×512 pixels by bicubic interpolation, and the grey values are
# "normalised to a common range". The paper does not give the width, nor say what the range is or whether it is taken
# per image. Both are options here. {claim}`sem-crop-resize` {claim}`sem-normalise`

# %% tags=["parameters"]
profile = "quick"  # "quick", "trial" or "paper": see the reading guide
dataset = "synthetic"  # "synthetic", "carinthia", "carinthia_s", or a folder of images
seed = 0
border = 4  # pixels cropped from each side of an image

# %% tags=["hide-input"]
# On Colab only: install semlib. Its requirements are lower bounds, so Colab keeps its own torch and numpy.
import importlib.util
import subprocess
import sys

if "google.colab" in sys.modules and importlib.util.find_spec("semlib") is None:
    source = "semlib @ git+https://github.com/OWNER/semlib@v0.1.0"
    subprocess.run([sys.executable, "-m", "pip", "install", "-q", source], check=True)

import numpy as np
import pandas as pd

from semlib import book
from semlib.plots import sem_images as plots
from semlib.plots.style import use_style
from semlib.sem import pipeline
from semlib.sem.data import open_images
from semlib.sem.preprocess import Preprocess, normalize

use_style()
sizes = book.profile(profile)
images = open_images(dataset, n=sizes.n_images, seed=seed)

# %% [markdown]
# ## The three steps on one image
#
# The crop is there for the black border that the paper reports on one side. {claim}`sem-black-border`
# {numref}`fig-preprocessing` follows an image through all three steps.

# %%
step = Preprocess(
    border=border, size=512, normalize="minmax"
)  # the paper's size, whatever the profile
step

# %% mystnb={"figure": {"name": "fig-preprocessing", "caption": "One image before and after each step, with its histogram below (logarithmic counts). The orange frame marks what is kept. The spike at 0 in the first histogram is the black border; the crop removes it."}}
one = 1
resized = step.resize([images[one]])[0]
plots.preprocessing_steps(
    images[one], resized, normalize(resized, "minmax"), border=step.border, source=images.source
)

# %% [markdown]
# ## Which normalisation?
#
# "A common range" can mean at least four things. **minmax** stretches each image so that its darkest pixel is 0 and its
# brightest 1. **none** divides by 255 and keeps the brightness as it is. **zscore** gives each image mean 0 and
# standard deviation 1. **percentile** is minmax with the extreme 1 % on both sides cut off. {numref}`fig-normalisation`
# has all four on the same images. As a formula, minmax makes of each grey $x$ of an image
#
# $$
# x' = \frac{x - x_{\min}}{x_{\max} - x_{\min}},
# $$ (eq-minmax)
#
# where $x_{\min}$ and $x_{\max}$ are the smallest and the largest grey of that image.

# %% mystnb={"figure": {"name": "fig-normalisation", "caption": "Four images under four normalisations, and their histograms (logarithmic counts, a colour per image). Under minmax one bright or dark speck sets the range of the whole image, so the flat background comes out at a different grey in each."}}
modes = ("minmax", "none", "zscore", "percentile")
few = np.arange(min(4, len(images)))
raw = step.resize(images.subset(few))
plots.normalization_modes({mode: normalize(raw, mode) for mode in modes}, source=images.source)

# %% [markdown]
# This is not a detail. By {eq}`eq-minmax` the mean grey of an image says how strong its most extreme pixel is, that is,
# how strong the *defect* is. Under none it says how bright the whole image is. A single number per image thus carries
# very different information ({numref}`tbl-preprocess-grey`).

# %% mystnb={"table": {"name": "tbl-preprocess-grey", "caption": "The mean grey of an image under two normalisations: its mean, standard deviation, smallest and largest value over the images of this run."}}
pixels = {
    mode: pipeline.preprocess(images, Preprocess(border, sizes.size, mode))
    for mode in ("minmax", "none")
}
grey = {mode: x.mean((1, 2)) for mode, x in pixels.items()}
spread = pd.DataFrame(
    {mode: [g.mean(), g.std(), g.min(), g.max()] for mode, g in grey.items()},
    index=["mean", "std", "min", "max"],
)
book.glue("grey_spread_minmax", float(grey["minmax"].std()))
book.glue("grey_spread_none", float(grey["none"].std()))
spread.round(3).rename_axis("mean grey over the images")

# %% [markdown]
# Our default is minmax, the most common meaning. [](06_clustering_metrics) shows the scores under both.
#
# ## What goes in must be an image
#
# Files that cannot be read, images smaller than the crop, tables of labels that do not fit: each is refused with a
# message that names the file and says what to do. With `on_error="skip"` the rest go on, and the report lists what was
# left out.

# %%
try:
    Preprocess(border=4)([np.zeros((8, 8), np.uint8)])
except ValueError as error:
    print(error)
