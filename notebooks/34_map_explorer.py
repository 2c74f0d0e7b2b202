# %% [markdown]
# # Explore wafer maps
#
# [![Open in Colab](../book/images/colab.svg)](https://colab.research.google.com/github/OWNER/semlib/blob/v0.1.0/notebooks/34_map_explorer.ipynb)
#
# Each dot is a wafer map of the **wafer twin** (synthetic). Point at a dot to see its map. Click it to see what NPFC
# {cite}`hou2024` made of it: its clusters in colours, and for each cluster the radius case, f1 and the verdict, as
# [](22_npfc_step_by_step) explains them.

# %% tags=["parameters"]
profile = "quick"  # "quick": 300 maps of the twin, "trial" or "paper": see the reading guide
dataset = "synthetic"  # "synthetic", "mixedwm38", "wm811k", or the path of a file or folder of wafer maps
seed = 0
n_maps = None  # how many maps; None: 300, or as the profile says; 5,000 at most
n_jobs = 1  # processes; -1 for all cores

# %% tags=["hide-input"]
# On Colab only: install semlib. Its requirements are lower bounds, so Colab keeps its own torch and numpy.
import importlib.util
import subprocess
import sys

if "google.colab" in sys.modules and importlib.util.find_spec("semlib") is None:
    source = "semlib @ git+https://github.com/OWNER/semlib@v0.1.0"
    subprocess.run([sys.executable, "-m", "pip", "install", "-q", source], check=True)

import numpy as np
from sklearn.decomposition import PCA

from semlib import book
from semlib.plots import home
from semlib.plots.explorer_maps import map_explorer, map_features
from semlib.plots.explorer_pack import nearest
from semlib.plots.sem_features import projections
from semlib.plots.style import use_style
from semlib.sem.project import project_tsne, projection_quality
from semlib.wafer.data import open_maps, synthetic
from semlib.wafer.npfc_many import npfc_many
from semlib.wafer.synthetic import PATTERNS, pattern_sets

use_style()
n_maps = min(
    n_maps or (300 if profile == "quick" else book.profile(profile).n_maps or 5000), 5000
)
if dataset == "synthetic":
    combinations = [names for n in (1, 2, 3, 4) for names in pattern_sets(n)]
    maps = synthetic(n_maps, combinations, noise=0.05, seed=seed)
else:
    maps = open_maps(dataset, n=n_maps, seed=seed)
results = npfc_many(maps, n_jobs=n_jobs, progress=False)
source = f"{maps.source}, {len(maps)} maps"
maps

# %% tags=["hide-input", "nbval-ignore-output"]
features = {
    "the map as it is": map_features(maps),
    "what NPFC keeps": map_features([one.filtered for one in results]),
}
neighbors = min(15, (len(maps) - 1) // 2)
layouts, notes = {}, {}
for what, x in features.items():
    layouts[what, "t-SNE"] = project_tsne(x, perplexity=min(30.0, (len(x) - 1) / 3), seed=seed)
    layouts[what, "PCA"] = PCA(2, svd_solver="full").fit_transform(x)
for (what, kind), xy in layouts.items():
    quality = projection_quality(features[what], xy, n_neighbors=neighbors)
    notes[f"{what}, {kind}"] = (
        f"trust {quality.trustworthiness:.2f}, continuity {quality.continuity:.2f}"
    )

defects = np.array([(one == 2).sum() for one in maps])
kept = np.array([(one.labels >= 0).sum() for one in results])
colours = {}
if maps.truth is not None:  # the twin: the pattern with the most dies
    counts = np.array([[(one == k).sum() for k in range(len(PATTERNS))] for one in maps.truth])
    colours["largest pattern"] = np.array(PATTERNS)[counts.argmax(axis=1)]
if maps.patterns is not None:
    colours["patterns"] = maps.patterns.sum(axis=1)
colours |= {
    "Num of NPFC": np.array([one.num for one in results]),
    "share removed": 1 - kept / np.maximum(defects, 1),
    "defective dies": defects.astype(float),
}
captions = [
    f"map {i}"
    if maps.patterns is None
    else f"map {i}: {' + '.join(np.array(maps.pattern_names)[there]) or 'no pattern'}"
    for i, there in enumerate(maps.patterns if maps.patterns is not None else defects)
]

map_explorer(
    layouts,
    maps,
    results,
    colours,
    captions,
    near={what: nearest(x, min(6, len(maps) - 1)) for what, x in features.items()},
    name="explorer-maps",
    alt=f"Scatter plot of {len(maps)} wafer maps by their defective dies. {source}.",
)

# %% [markdown]
# The menus choose by what the maps are laid out ([below](what-makes-two-maps-alike)), the picture and the colour.
# Arrow keys work too once the plot is chosen with Tab or a click: Enter pins, S selects the map or drops it, Shift with an
# arrow selects on the way, Escape clears. On a phone, tap. Grey dies in the right-hand map of a pinned pair are removed.
#
# A line such as *cluster 4, 3 dies: case 1 to 0, 4 to 1; f1: 0; merged into 0* says: its radius range lies inside that of core 0
# (case 1) and apart from that of core 1 (case 4), so core 0 alone counts, and it joins that.
#
# ## What to look for
#
# - Colour by *largest pattern*: which patterns gather, and which lie among the others?
# - Colour by *share removed* and click the orange dots: is a whole cluster lost? By case 4, or because no core is near enough?
# - Choose *what NPFC keeps*: where a pattern was removed, which maps does the map lie beside now?
#
# (what-makes-two-maps-alike)=
# ## What makes two maps alike?
#
# Something simple: the wafer is divided into 13×13 cells, and a map is described by how dense the defective dies are in
# each, as the square root of their share. So a map is near another whose dies fail at the same places. No label
# and nothing of NPFC takes part in "the map as it is"; in "what NPFC keeps" the dies that NPFC removes are good dies.
# Two pictures of these 169 numbers: t-SNE keeps neighbours together, and distances between its groups mean nothing
# (see [](07_umap_and_tsne)); the two first principal components keep large distances, and crowd the rest.
#
# ## The same on paper
#
# {numref}`fig-wafers` has three maps and what NPFC keeps of them, {numref}`fig-map-explorer` all points of four layouts.

# %% mystnb={"figure": {"name": "fig-wafers", "caption": "Above, the first map with two, three and four patterns (of data without labels, the first three maps); below, what NPFC makes of it: a colour a cluster, and in dark orange what it removes. Compare the number of clusters with the number of patterns: patterns that touch come out as one. Synthetic, unless you chose other data."}} tags=["nbval-ignore-output"]
counted = maps.patterns.sum(axis=1) if maps.patterns is not None else np.zeros(len(maps), int)
first = [int(np.argmax(counted == n)) for n in (2, 3, 4)] if counted.any() else [0, 1, 2]
home.wafers(
    [maps[i] for i in first],
    [results[i] for i in first],
    [f"map {i}, {counted[i]} patterns" if counted.any() else f"map {i}" for i in first],
    source=source,
)

# %% mystnb={"figure": {"name": "fig-map-explorer", "caption": "The maps of the explorer above, by t-SNE and by two principal components, as they are and as NPFC leaves them. Synthetic, unless you chose other data. Colours: the pattern with the most dies (of real maps, the number of labelled patterns or, without labels, Num). Maps gather by what lies at a fixed place of the wafer. Trustworthiness and continuity (1 is best) stand below each."}} tags=["nbval-ignore-output"]
by, groups = next(iter(colours.items()))
figure = projections(
    {f"{what}, {kind}": xy for (what, kind), xy in layouts.items()},
    groups,
    source=source,
    columns=2,
    notes=notes,
)
figure.legends[0].set_title(f"{by} (maps)")
figure
