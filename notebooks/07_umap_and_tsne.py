# %% [markdown]
# # Maps of the embeddings: UMAP and t-SNE
#
# [![Open in Colab](../book/images/colab.svg)](https://colab.research.google.com/github/OWNER/semlib/blob/v0.1.0/notebooks/07_umap_and_tsne.ipynb)
#
# UMAP {cite}`mcinnes2018` and t-SNE {cite}`vandermaaten2008` draw points with many coordinates on a plane, so that
# neighbours stay neighbours. The paper shows both for its embeddings (Figures 2 and 3) and for each baseline (S1 to S8),
# and reads much from their shapes. Sizes of groups, distances between groups and the directions of the axes carry no
# meaning in such a map. So the same is drawn for two controls here: the **untrained** encoder, and the **mean grey**, one
# number an image.

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

from semlib import book
from semlib.plots import sem_features as plots
from semlib.plots.explorer import explorer
from semlib.plots.style import use_style
from semlib.sem import pipeline
from semlib.sem.baselines import BASELINES, mean_grey
from semlib.sem.data import open_images
from semlib.sem.preprocess import Preprocess
from semlib.sem.project import projection_quality
from semlib.sem.train import TrainConfig

use_style()
warnings.filterwarnings(
    "ignore", message=".*components"
)  # fewer than 128 images have fewer than 128
sizes = book.profile(profile)
images = open_images(dataset, n=sizes.n_images, seed=seed)
pixels = pipeline.preprocess(images, Preprocess(border=border, size=sizes.size))
config = TrainConfig(epochs=sizes.epochs, batch_size=min(32, len(pixels)), seed=seed)
neighbors = min(15, len(images) - 1)
perplexity = min(30.0, (len(images) - 1) / 3)
source = f"{images.source}, n = {len(images)}"

# %%
controls = ("untrained", "mean grey")
features = {
    "SSL": pipeline.ssl_features(pixels, config),
    "untrained": pipeline.untrained_features(pixels, config),
    "mean grey": mean_grey(pixels),
}
features |= {method: pipeline.baseline_features(pixels, method) for method in BASELINES}
maps = {
    "UMAP": {
        name: pipeline.umap_layout(x, n_neighbors=neighbors, seed=seed)
        for name, x in features.items()
    },
    "t-SNE": {
        name: pipeline.tsne_layout(x, perplexity=perplexity, seed=seed)
        for name, x in features.items()
    },
}

# %% [markdown]
# ## How far can the maps be trusted?
#
# **Trustworthiness** is high when neighbours in the map are neighbours in the features too. **Continuity** is high when
# neighbours in the features stay neighbours in the map. Both are at most 1. They stand below each map and in
# {numref}`tbl-maps-quality`: a map with low numbers shows its own making, not the features. For $n$ images and $k$
# neighbours {cite}`venna2001`
#
# $$
# \begin{aligned}
# T &= 1 - w \sum_{i=1}^{n} \sum_{j \in U_i} \bigl(r(i, j) - k\bigr), \\
# w &= \frac{2}{n k (2n - 3k - 1)}
# \end{aligned}
# $$ (eq-trustworthiness)
#
# where $T$ is the trustworthiness, $U_i$ are the images among the $k$ nearest of image $i$ in the map but not in the
# features, and $r(i, j)$ is 1 for the image $j$ nearest to $i$ in the features, 2 for the next, and so on. Continuity is
# {eq}`eq-trustworthiness` with map and features exchanged.

# %% mystnb={"table": {"name": "tbl-maps-quality", "caption": "Trustworthiness and continuity of each map on this page, by features and by kind of map. 1 is best."}} tags=["nbval-ignore-output"]
near = min(15, len(images) // 2 - 1)
quality = {
    (method, name): projection_quality(features[name], layout, n_neighbors=near)
    for method, layouts in maps.items()
    for name, layout in layouts.items()
}
table = pd.DataFrame(quality, index=["trustworthiness", "continuity"]).T
for method, key in {"UMAP": "umap", "t-SNE": "tsne"}.items():
    for name in ("SSL", *controls):
        value = float(table.loc[(method, name), "trustworthiness"])
        book.glue(f"trust_{key}_{name.lower().replace(' ', '_')}", value)
table.unstack(0).round(2)

# %% [markdown]
# Coordinates of such maps differ between processors even with the same seed. The test of this notebook therefore asks
# for trustworthy maps, not for equal ones (a handful of images has no neighbourhoods to keep):

# %%
assert len(images) < 100 or (table.trustworthiness > 0.75).all(), table


# %% tags=["hide-input"]
def drawn(titles: dict[tuple[str, str], str], columns: int):
    """Draw the maps of these (kind of map, features), each with its title and how far to trust it."""
    return plots.projections(
        {title: maps[method][name] for (method, name), title in titles.items()},
        images.labels,
        source=source,
        columns=columns,
        notes={
            title: f"trust {quality[key].trustworthiness:.2f}, continuity {quality[key].continuity:.2f}"
            for key, title in titles.items()
        },
    )


# %% [markdown]
# ## The paper's Figures 2 and 3, and two controls
#
# Of its own maps the paper says that they show "a well-structured, continuous manifold" (section 5.2) and "elongated and
# curved regions" (section 5.3), and that this reveals an organisation "according to morphological similarities, such as
# texture density, surface roughness, or grain organisation" (section 5.4). If that is so, features that know nothing of
# morphology should look otherwise ({numref}`fig-ssl-maps`).

# %% mystnb={"figure": {"name": "fig-ssl-maps", "caption": "Left: the trained encoder's embeddings, by UMAP (the paper's Fig. 2) and by t-SNE (its Fig. 3). Middle: the encoder before any training. Right: the mean grey. Colours are the labels, which took no part; small classes are drawn larger and on top. Compare the shapes from left to right: a single number an image, which knows nothing of morphology, makes elongated bands and groups, too."}} tags=["nbval-ignore-output"]
drawn(
    {
        ("UMAP", "SSL"): "SSL, UMAP (Fig. 2)",
        **{("UMAP", name): f"{name}, UMAP (control)" for name in controls},
        ("t-SNE", "SSL"): "SSL, t-SNE (Fig. 3)",
        **{("t-SNE", name): f"{name}, t-SNE (control)" for name in controls},
    },
    columns=3,
)

# %% [markdown]
# One number an image can be drawn as nothing but a line, straight, curved or in pieces. That a map is continuous,
# elongated and curved therefore does not tell that the features behind it describe morphology.
# {claim}`sem-continuous-manifold` {claim}`sem-elongated` What does the band of SSL follow? {numref}`fig-ssl-by-grey`
# has its two maps again, coloured by the mean grey.

# %% mystnb={"figure": {"name": "fig-ssl-by-grey", "caption": "The maps of SSL coloured by each image's mean grey after normalisation, a number that the training never saw as such. If the colour runs smoothly along the band, the band is an order by brightness."}} tags=["nbval-ignore-output"]
plots.projections_by_value(
    {"SSL, UMAP": maps["UMAP"]["SSL"], "SSL, t-SNE": maps["t-SNE"]["SSL"]},
    features["mean grey"][:, 0],
    label="mean grey",
    source=source,
)

# %% [markdown]
# The next chapter looks at where that comes from.

# %% [markdown]
# ## Look at the images behind the points
#
# Move the pointer over a point to see its image. A click on a class in the legend hides it.

# %% tags=["nbval-ignore-output"]
groups = images.labels if images.labels is not None else np.zeros(len(images), int)
thinned = np.linspace(0, len(images) - 1, min(len(images), 400)).astype(int)
explorer(
    maps["UMAP"]["SSL"][thinned],
    pixels[thinned],
    groups[thinned],
    [f"class {groups[i]}, {images.names[i]}" for i in thinned],
    name="explorer-ssl",
)

# %% [markdown]
# ## The paper's Figures S1 to S8
#
# UMAP and t-SNE for each of the four classical methods are eight figures, S1 to S8 of the paper's supplement. Its text
# does not say which is which, and the supplement was not at hand: the panels of {numref}`fig-baseline-maps` are in the
# order of the paper's Table 1. The paper says that these maps "exhibit clear boundaries between classes, revealing
# their label-dependent classification nature" (section 5.4). None of these methods uses labels.
# {claim}`sem-classical-boundaries`

# %% mystnb={"figure": {"name": "fig-baseline-maps", "caption": "The four classical methods by UMAP (above) and t-SNE (below): what the paper shows as Figs. S1 to S8. Look for boundaries between colours: where a small class lies apart, it does so without any label. Compare with SSL in {numref}`fig-ssl-maps`."}} tags=["nbval-ignore-output"]
drawn(
    {(method, name): f"{name}, {method}" for method in maps for name in BASELINES},
    columns=len(BASELINES),
)
