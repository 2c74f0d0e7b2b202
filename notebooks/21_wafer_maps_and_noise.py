# %% [markdown]
# # Wafer maps, their patterns, and noise
#
# [![Open in Colab](../book/images/colab.svg)](https://colab.research.google.com/github/OWNER/semlib/blob/v0.1.0/notebooks/21_wafer_maps_and_noise.ipynb)
#
# Paper 2 {cite}`hou2024` works on wafer maps: one number for each die of a wafer ({numref}`fig-wafer-map`). Defective dies
# often form a shape that points to a cause, a **pattern**; others are defective for no visible reason, **noise**. The
# paper's first step (section 2.1) removes noise by a simple rule. This notebook shows the maps, and how much that rule finds.

# %% tags=["parameters"]
profile = "quick"  # "quick", "trial" or "paper": see the reading guide
dataset = "synthetic"  # "synthetic", "mixedwm38", "wm811k", or the path of a file or folder of wafer maps
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
import pandas as pd

from semlib import book
from semlib.plots import wafer_maps as plots
from semlib.plots.style import use_style
from semlib.plots.wafer_scores import removal_by_noise
from semlib.wafer.clusters import preliminary_clusters, premerge
from semlib.wafer.data import open_maps, synthetic
from semlib.wafer.synthetic import PATTERNS

use_style()
sizes = book.profile(profile)
maps = open_maps(dataset, n=sizes.n_maps, seed=seed)
maps

# %% mystnb={"figure": {"name": "fig-wafer-map", "caption": "A wafer map as a picture, and a part of it as the three numbers that it is made of. The part in the frame is shown as numbers on the right; outside the round wafer there is no die."}}
plots.map_and_numbers(maps[0], source=maps.source)

# %% [markdown]
# ## The six patterns
#
# By default this book runs on the **wafer twin**: maps that a program makes. In them the pattern behind each defective die
# is known, which no real data set offers. The twin has the six patterns that the paper names
# ({numref}`fig-wafer-patterns`). It leaves out two that real data have, Random and Near-full, in which there is nothing to
# filter.

# %% mystnb={"figure": {"name": "fig-wafer-patterns", "caption": "The six patterns of the twin, two maps each, with 5 % noise (grey). The scratch is the thinnest: it is one or two dies wide."}}
twice = {
    name: synthetic(2, [(name,)], noise=0.05, seed=seed + k) for k, name in enumerate(PATTERNS)
}
order = [(name, i) for i in (0, 1) for name in PATTERNS]
plots.pattern_gallery(
    [twice[name][i] for name, i in order],
    [twice[name].truth[i] for name, i in order],
    [name for name, _ in order],
    PATTERNS,
    source="wafer twin (synthetic), 1 pattern, noise 5%",
)

# %% [markdown]
# ## Mixed types and noise
#
# A **mixed-type** map holds several patterns at once. Paper 2 is about these. Neither Center and Donut nor Edge-Loc and
# Edge-Ring share a map, so there are at most four patterns. Noise turns each good die defective with the same
# probability, everywhere on the wafer. {numref}`fig-wafer-mixed` shows both.

# %% mystnb={"figure": {"name": "fig-wafer-mixed", "caption": "From left to right one to four patterns, from top to bottom more noise. Each column is one map: only the noise changes. In the last row the noise dies touch each other and link the patterns."}}
levels = (0.0, 0.05, 0.1, 0.2)
grid = {
    f"{patterns} pattern{'s' if patterns > 1 else ''}, {noise:.0%} noise": synthetic(
        1, patterns, noise, seed=seed + 4
    )
    for noise in levels
    for patterns in (1, 2, 3, 4)
}
plots.pattern_gallery(
    [one[0] for one in grid.values()],
    [one.truth[0] for one in grid.values()],
    list(grid),
    PATTERNS,
    source="wafer twin (synthetic), noise 0 to 20%",
    columns=4,
)

# %% [markdown]
# ## The data of this run
#
# The same notebook takes real maps by its parameter `dataset`. {numref}`fig-wafer-gallery` shows maps of the data set that
# it was run with.


# %% mystnb={"figure": {"name": "fig-wafer-gallery", "caption": "Some maps of this run's data, with the patterns that their labels name."}}
def title(i: int) -> str:
    """Return the names of a map's patterns, two on a line."""
    if maps.patterns is None:
        return f"map {i}"
    names = np.array(maps.pattern_names)[maps.patterns[i]]
    return (
        " +\n".join(" + ".join(names[k : k + 2]) for k in range(0, len(names), 2))
        or "no pattern"
    )


shown = np.linspace(0, len(maps) - 1, min(12, len(maps))).astype(int)
plots.map_gallery([maps[i] for i in shown], [title(i) for i in shown], source=maps.source)

# %% [markdown]
# ## The noise rule
#
# Two defective dies that touch, at a side or a corner, belong together. A group of **one or two** dies is noise, and is
# removed (paper, section 2.1, definition 7). Larger groups stay, whatever made them ({numref}`fig-noise-rule`). There is
# nothing to tune, and nothing left open.

# %% mystnb={"figure": {"name": "fig-noise-rule", "caption": "Which dies the noise rule removes from one map with 10 % noise, and a part of it in detail. Single and twin dies go (orange). Three noise dies that happen to touch are a cluster and stay."}}
noisy = synthetic(1, [("Center",)], 0.1, seed=seed)
_, removed = preliminary_clusters(noisy[0])
plots.noise_rule(noisy[0], removed, source="wafer twin (synthetic), Center, noise 10%")

# %% [markdown]
# ## How much of the noise does it find?
#
# On the twin we can count. {numref}`fig-noise-removed` shows for each noise level the share of noise dies that the rule
# removes, which should be high, and the share of pattern dies, which should be low.


# %% mystnb={"figure": {"name": "fig-noise-removed", "caption": "Share of noise dies (blue) and of pattern dies (orange) that the noise rule removes. The rule works while noise is rare. The more there is, the more often noise dies touch each other or a pattern, and the more of them stay."}}
def removed_shares(noise: float) -> dict[str, float]:
    """Return which share of noise and of pattern dies the rule removes, over maps with one to four patterns."""
    counts = np.zeros((2, 2))
    for patterns in (1, 2, 3, 4):
        twin = synthetic((sizes.n_maps or 400) // 4, patterns, noise, seed=seed)
        for wafer_map, truth in zip(twin, twin.truth, strict=True):
            removed = preliminary_clusters(wafer_map)[1]
            for row, dies in enumerate(((wafer_map == 2) & (truth < 0), truth >= 0)):
                counts[row] += removed[dies].sum(), dies.sum()
    return dict(zip(("noise dies", "pattern dies"), counts[:, 0] / counts[:, 1], strict=True))


levels = (0.01, 0.02, 0.05, 0.1, 0.15, 0.2)
shares = pd.DataFrame({noise: removed_shares(noise) for noise in levels}).T.rename_axis(
    "noise level"
)
removal_by_noise(
    shares,
    source=f"wafer twin (synthetic), {(sizes.n_maps or 400) // 4 * 4} maps for each level",
)

# %% tags=["remove-cell"]
for noise in (0.02, 0.05, 0.1, 0.2):
    book.glue(f"twin_noise_removed_{noise * 100:.0f}", float(shares.loc[noise, "noise dies"]))
    book.glue(
        f"twin_pattern_removed_{noise * 100:.0f}", float(shares.loc[noise, "pattern dies"])
    )

# %% [markdown]
# At 2 % noise the rule removes {glue:text}`twin_noise_removed_2:.0%` of the noise dies, at 10 %
# {glue:text}`twin_noise_removed_10:.0%`, at 20 % {glue:text}`twin_noise_removed_20:.0%`. Of the pattern dies it takes
# {glue:text}`twin_pattern_removed_2:.1%` at 2 % noise: single dies at the ragged rim of a pattern, and pieces of broken
# scratches {claim}`npfc-noise-rule`.
#
# ## How noisy are real maps?
#
# {numref}`tbl-wafer-noise` describes maps by numbers that need no truth. The last column tells whether clusters are apart:
# it is the share of the kept dies that end up in one cluster when clusters at most √8 apart are joined, which is NPFC's
# next step.


# %% mystnb={"table": {"name": "tbl-wafer-noise", "caption": "Means over maps of the twin at several noise levels: the share of dies that are defective, the share of these that the noise rule removes, the clusters that stay, before and after joining, and how much of what is kept lies in the largest. Run on a real data set, the notebook adds a row for each number of patterns."}}
def look(wafer_map: np.ndarray) -> dict[str, float]:
    """Describe a map by numbers that need no truth."""
    clusters, removed = preliminary_clusters(wafer_map)
    joined = premerge(clusters)[0]
    defective = (wafer_map == 2).sum()
    return {
        "defective dies": defective / (wafer_map > 0).sum(),
        "removed by the rule": removed.sum() / max(defective, 1),
        "clusters": clusters.max() + 1,
        "after joining": joined.max() + 1,
        "in the largest": np.bincount(joined[joined >= 0], minlength=1).max()
        / max((joined >= 0).sum(), 1),
    }


def mean_look(some) -> pd.Series:
    return pd.Series(
        {"maps": len(some)} | pd.DataFrame([look(m) for m in some]).mean().to_dict()
    )


rows = {
    f"twin, 3 patterns, {noise:.0%} noise": mean_look(
        synthetic(sizes.n_maps or 400, 3, noise, seed=seed)
    )
    for noise in (0.02, 0.05, 0.1, 0.15, 0.2)
}
if not maps.is_synthetic:
    real = [
        name.lower() != "none" for name in maps.pattern_names
    ]  # WM-811K's word for a map without a pattern
    number = (
        maps.patterns[:, real].sum(1) if maps.patterns is not None else np.full(len(maps), -1)
    )
    rows |= {
        f"{n if n >= 0 else '?'} patterns: {maps.source}": mean_look(maps.subset(number == n))
        for n in np.unique(number)
    }
table = pd.DataFrame(rows).T
table.astype({"maps": int}).round(3)

# %% tags=["remove-cell"]
book.glue("maps_source", maps.source)
book.glue("n_maps_looked_at", len(maps))
for row, values in table[~table.index.str.startswith("twin")].iterrows():
    for column, value in values.items():
        book.glue(f"look_{row.split()[0]}_{column.replace(' ', '_')}", round(float(value), 4))

# %% [markdown]
# The twin imitates the shapes of MixedWM38 {cite}`wang2020` and WM-811K {cite}`wu2015`; it was fitted to no score. By the
# numbers of {numref}`tbl-wafer-noise` its noise is a free choice, and 2 or 5 % are the easy case: the mixed maps of
# MixedWM38 resemble the **noisiest** rows, as the page on {doc}`real data <31_real_data>` shows.
