# %% [markdown]
# # The four baselines
#
# [![Open in Colab](../book/images/colab.svg)](https://colab.research.google.com/github/OWNER/semlib/blob/v0.1.0/notebooks/05_baselines.ipynb)
#
# The paper compares its embeddings with four kinds of classical features (section 5.1). None of them learns from labels,
# and all see the same preprocessed images. {claim}`sem-baselines`

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

import warnings

import numpy as np
import pandas as pd
import pywt
from skimage.feature import graycomatrix, local_binary_pattern

from semlib import book
from semlib.plots import sem_features as plots
from semlib.plots.style import use_style
from semlib.sem import pipeline
from semlib.sem.baselines import BASELINES, principal_pictures
from semlib.sem.data import open_images
from semlib.sem.preprocess import Preprocess
from semlib.sem.store import preprocessed

use_style()
sizes = book.profile(profile)
images = open_images(dataset, n=sizes.n_images, seed=seed)
# uint8, on the disk: each baseline normalises what it reads, so that 4,591 images of 512² need little memory.
pixels = preprocessed(images, Preprocess(border=border, size=sizes.size))

# %% [markdown]
# ## What each of them looks at
#
# {numref}`fig-baselines` shows one image with the eyes of each.
#
# - **GLCM** counts how often two grey levels stand side by side, and sums that table up in five numbers {cite}`haralick1973`.
# - **LBP** asks of each pixel which of its eight neighbours are at least as bright, and counts the answers {cite}`ojala2002`.
# - **Wavelets** split the image into a coarse copy and details by direction and scale; each part is summed up in three numbers.
# - **PCA** finds the 128 pictures from which the images can best be mixed, and keeps the amounts.

# %%
with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # fewer than 129 images have fewer than 128 components
    features = {method: pipeline.baseline_features(pixels, method) for method in BASELINES}

# %% mystnb={"figure": {"name": "fig-baselines", "caption": "One image, and what GLCM, LBP, wavelets and PCA make of it. The GLCM is narrow about its diagonal: neighbours are mostly alike. The last panel shows the first four principal pictures, each stretched to its largest value; white is 0, red and blue work against each other. Which of them are brightness or shading of the whole image, and which a place where defects lie?"}}
image = Preprocess(border=border, size=512)([images[1]])[
    0
]  # one image at the paper's size, whatever the profile
levels = np.rint(image * 255).astype(np.uint8)
glcm = graycomatrix(levels, [1], [0], 256, symmetric=True)[:, :, 0, 0]  # counts
codes = local_binary_pattern(levels, 8, 1, "uniform")
bands, _ = pywt.coeffs_to_array(pywt.wavedec2(image, "db1", level=2))
scores = np.pad(features["PCA"], ((0, 0), (0, 4)))  # fewer than 5 images have fewer components
directions = principal_pictures(pixels, scores[:, :4])
directions /= np.abs(directions).max(axis=(1, 2), keepdims=True) + 1e-12  # shown alike
plots.baseline_pictures(
    image,
    glcm,
    codes,
    np.sign(bands) * np.sqrt(np.abs(bands)),
    np.block([[*directions[:2]], [*directions[2:]]]),
    source=images.source,
)

# %% [markdown]
# ## The features
#
# {numref}`tbl-baselines-numbers` says how many numbers each method makes of an image; {numref}`fig-baseline-features`
# shows the first two of each.

# %% mystnb={"table": {"name": "tbl-baselines-numbers", "caption": "How many numbers each classical method makes of an image."}}
pd.DataFrame(
    {method: [x.shape[1]] for method, x in features.items()}, index=["numbers per image"]
)

# %% mystnb={"figure": {"name": "fig-baseline-features", "caption": "The first two features of each baseline, standardised, one dot an image. Colours are the labels, which no method has seen. Which classes stand apart, and which lie on one another?"}}
labels = images.labels if images.labels is not None else np.zeros(len(images), int)
FIRST_TWO = {
    "GLCM": ("contrast", "dissimilarity"),
    "LBP": ("pattern 0", "pattern 1"),
    "Wavelet": ("coarse: mean size", "coarse: spread"),
    "PCA": ("component 1", "component 2"),
}
plots.feature_strips(features, FIRST_TWO, labels, source=images.source)

# %% [markdown]
# The features live on very different scales. K-means uses the Euclidean distance, so a feature with large numbers
# decides almost alone. In the GLCM that is the contrast ({numref}`tbl-baselines-variance`):
#
# $$
# \mathrm{contrast} = \sum_{i=0}^{255} \sum_{j=0}^{255} P_{ij}\,(i - j)^2
# $$ (eq-glcm-contrast)
#
# where $P_{ij}$ is the share of neighbouring pixels with the grey levels $i$ and $j$ (four directions, averaged). In
# {eq}`eq-glcm-contrast` the difference of levels counts squared; dissimilarity has $|i - j|$ in its place, and the
# other three numbers are at most 1. The paper does not say whether it standardised its features. We do not, by default,
# and [](06_clustering_metrics) shows both.

# %% mystnb={"table": {"name": "tbl-baselines-variance", "caption": "The five GLCM features over the images of this run: their standard deviations, and each one's share of their summed variance."}}
glcm_names = ["contrast", "dissimilarity", "homogeneity", "energy", "correlation"]
variance = features["GLCM"].var(0)
book.glue("glcm_contrast_share", float(variance[0] / variance.sum()))
pd.DataFrame(
    {
        "standard deviation": features["GLCM"].std(0),
        "share of the variance": variance / variance.sum(),
    },
    index=glcm_names,
).round(4)
