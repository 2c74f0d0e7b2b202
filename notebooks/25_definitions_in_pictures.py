# %% [markdown]
# # The definitions in pictures
#
# [![Open in Colab](../book/images/colab.svg)](https://colab.research.google.com/github/OWNER/semlib/blob/v0.1.0/notebooks/25_definitions_in_pictures.ipynb)
#
# Paper 2 {cite}`hou2024` explains NPFC with seven drawings. Here are ours. None is drawn by hand: each shows what the
# code made of a map of a few dies, with the code's own numbers. The last section does the same for a whole map. The
# formulas are those of [](22_npfc_step_by_step).

# %% tags=["parameters"]
profile = "quick"  # "quick", "trial" or "paper": see the reading guide
dataset = "synthetic"  # "synthetic", "mixedwm38", "wm811k", or the path of a file or folder of wafer maps
seed = 0
map_index = 0  # the whole map at the end

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
from semlib.plots import wafer_closeness, wafer_definitions, wafer_flow, wafer_steps
from semlib.plots.style import use_style
from semlib.wafer.data import open_maps, synthetic
from semlib.wafer.npfc import npfc
from semlib.wafer.tiny_maps import TINY_MAPS, tiny_map

use_style()
tiny = {name: tiny_map(name) for name in TINY_MAPS}
pairs = {
    name: npfc(tiny[name], num_range=(2, 2)) for name in tiny
}  # two cores, as in the paper's Fig. 6
credit = "semlib.wafer.tiny_maps"


def named(begin: str) -> tuple[dict, dict]:
    """Return the tiny maps whose name begins so, and what NPFC made of them."""
    names = [name for name in tiny if name.startswith(begin)]
    return {name: tiny[name] for name in names}, {name: pairs[name] for name in names}


# %% [markdown]
# ## A map is a matrix and a set of points
#
# The eight neighbours of a die are 1 or √2 away ({numref}`fig-definition-matrix`) {claim}`npfc-neighbours`.

# %% mystnb={"figure": {"name": "fig-definition-matrix", "caption": "A wafer map as a matrix and as points on a grid, as the paper's Fig. 1. Left: the numbers that a wafer map is made of. Right: its dies as points; the eight neighbours of a die are 1 or √2 away."}}
wafer_definitions.matrix_and_points(tiny["definitions"], (4, 4), source=credit)

# %% [markdown]
# ## Clusters and noise
#
# Dies that touch, corners included, are one cluster ({numref}`fig-definition-words`). Which of its dies comes first does not
# matter {claim}`npfc-any-start`: from any of them the cluster grows as in {numref}`fig-definition-growth`. One or two dies
# alone are noise.

# %% mystnb={"figure": {"name": "fig-definition-words", "caption": "The words of section 2.1 on one map (Fig. 2): an initial point, what it reaches directly and by a path, and three dies of noise: a single one and a twin."}}
wafer_definitions.noise_and_clusters(
    tiny["definitions"], npfc(tiny["definitions"]), (3, 5), source=credit
)

# %% mystnb={"figure": {"name": "fig-definition-growth", "caption": "A cluster grows from its initial point, neighbourhood by neighbourhood, until no defective die touches it (Fig. 4). White triangles are new. Last: all clusters of the map, and its noise."}}
wafer_definitions.growth(tiny["definitions"], npfc(tiny["definitions"]), (5, 3), source=credit)

# %% [markdown]
# ## Pre-merge
#
# √8 is the way from the centre of a 5×5 neighbourhood to its corner {claim}`npfc-root-eight`. Clusters as near as that are
# joined ({numref}`fig-definition-premerge`).

# %% mystnb={"figure": {"name": "fig-definition-premerge", "caption": "Two clusters are joined if a die of one lies in the 5×5 neighbourhood (framed) of a die of the other: up to √8 apart. The black line is their distance."}}
wafer_definitions.premerge_gaps(*named("gap"), source=credit)

# %% [markdown]
# ## The whole way
#
# {numref}`fig-definition-flow` goes through all steps, {numref}`fig-definition-num` through the choice of Num by SD
# (formula {eq}`eq-npfc-sd`), and {numref}`fig-definition-result` is what comes out.

# %% mystnb={"figure": {"name": "fig-definition-flow", "caption": "NPFC from the map to the result in seven small maps (Fig. 3). Colours stay with a cluster from step to step."}}
whole = npfc(tiny["whole"])
wafer_flow.flow(tiny["whole"], whole, source=credit)

# %% mystnb={"figure": {"name": "fig-definition-num", "caption": "What each Num tried makes of one map, with its scores (Fig. 5). Each Num has other cores, other verdicts and another SD = S + M. The largest SD wins (framed)."}}
wafer_steps.nums_tried(tiny["whole"], whole, source=credit)

# %% mystnb={"figure": {"name": "fig-definition-result", "caption": "One map in the four states of the paper's Fig. 7: (a) the map, (b) preliminary clusters, (c) final clusters, (d) filtered."}}
wafer_definitions.paper_figure_7(tiny["whole"], whole, source=credit)

# %% [markdown]
# ## Merge or remove: the radius
#
# A cluster's dies lie at some distances from the map's centre; the range of these is compared with each core's
# {claim}`npfc-four-cases`. {numref}`fig-definition-cases` has the cases, formula {eq}`eq-npfc-radius` the
# condition.

# %% mystnb={"figure": {"name": "fig-definition-cases", "caption": "The cases of a cluster (black) to a core (blue; its radius range is shaded), and both ranges as lines below (Fig. 6). Only case 4 gives α = 0. Case 5 is ours, the paper has none for it. The second core (grey) plays no part here."}}
wafer_closeness.radius_cases(*named("case"), source=credit)

# %% [markdown]
# ## Merge or remove: distance and compactness
#
# {numref}`fig-definition-distances` shows the three distances of formula {eq}`eq-npfc-distances`,
# {numref}`fig-definition-den` the compactness of formula {eq}`eq-npfc-den`.

# %% mystnb={"figure": {"name": "fig-definition-distances", "caption": "The paper's equations 5 to 7 between a core and a cluster: the closest dies, the farthest dies, the mean over all pairs."}}
wafer_closeness.three_distances(tiny["case 1"], pairs["case 1"], source=credit)

# %% mystnb={"figure": {"name": "fig-definition-den", "caption": "The paper's equation 8: Den, how compact a cluster is together with either core. Between any two dies one walks by steps so that the longest is as short as can be; the matrices hold that longest step for each pair of dies. Within a cluster it is 1; across, it is the gap that must be jumped (the line on the map). The shorter the jump, the larger Den."}}
wafer_closeness.compactness(tiny["f1 = 2, f2 = 1"], pairs["f1 = 2, f2 = 1"], source=credit)

# %% [markdown]
# ## Merge or remove: the rules
#
# f1 counts the cores whose radius range overlaps and whose mean distance is below R. f2 is 1 if one core is the best in
# all: nearest both ways, and with the most compact union (formula {eq}`eq-npfc-closeness`). Every cluster gets a verdict
# {claim}`npfc-rules-end`. {numref}`fig-definition-rules` and {numref}`tbl-definition-rules` have an example of each rule.

# %% mystnb={"figure": {"name": "fig-definition-rules", "caption": "The four rules on a cluster of six dies (framed); for f1 = 0 there are two ways to get there. Shaded: the radius ranges that overlap its own. Lines lead to the cores that f1 counts."}}
wafer_closeness.rules(*named("f1"), source=credit)

# %% mystnb={"table": {"name": "tbl-definition-rules", "caption": "The same clusters: the cores that f1 and f2 count (– for none), the verdict, and the reason in words."}}
pd.DataFrame(
    {
        name: {
            "f1": ", ".join(map(str, made.f1)) or "–",
            "f2": ", ".join(map(str, made.f2)) or "–",
            "verdict": made.verdict,
            "why": made.reason,
        }
        for name in named("f1")[0]
        for made in pairs[name].decisions
    }
).T

# %% [markdown]
# ## Why did this die go?
#
# Every result can be asked about a single die, `result.explain_die(row, column)`; {numref}`fig-definition-why-removed` shows
# the answer.

# %% mystnb={"figure": {"name": "fig-definition-why-removed", "caption": "A removed die (arrow) and every number that decided about its cluster."}}
wafer_closeness.why(tiny["f1 = 2, f2 = 0"], pairs["f1 = 2, f2 = 0"], 6, 15, source=credit)

# %% [markdown]
# ## The same for any map
#
# Here is a map of the run's data set: its way in {numref}`fig-definition-whole-map`, the choice of Num in
# {numref}`fig-definition-whole-nums`.

# %%
maps = (
    synthetic(map_index + 1, patterns=3, noise=0.05, seed=seed)
    if dataset == "synthetic"
    else open_maps(dataset, n=map_index + 1, seed=seed)
)
wafer_map = maps[map_index]
result = npfc(wafer_map)
source = f"{maps.source}, map {map_index}"
book.glue("whole_map_source", source)

# %% mystnb={"figure": {"name": "fig-definition-whole-map", "caption": "A whole map of the twin from the map to the result, step by step. Clusters that are near each other are joined, the largest are cores, and each other one joins a core or goes."}}
wafer_flow.flow(wafer_map, result, source=source)

# %% mystnb={"figure": {"name": "fig-definition-whole-nums", "caption": "What each Num tried makes of the whole map, with S, M and their sum SD. The largest SD wins (framed)."}}
wafer_steps.nums_tried(wafer_map, result, source=source)

# %% [markdown]
# Its largest cluster that is no core (or, where all are cores, the smallest one), in words and in
# {numref}`fig-definition-whole-why`:

# %%
row, column = np.argwhere(result.merged == min(result.num, result.merged.max()))[0]
print(result.explain_die(row, column))

# %% mystnb={"figure": {"name": "fig-definition-whole-why", "caption": "Why one cluster of the whole map was removed or kept: its place and the account in words. Shaded: the radius ranges that overlap its own. Lines lead to the cores that f1 counts."}}
wafer_closeness.why(wafer_map, result, row, column, source=source)
