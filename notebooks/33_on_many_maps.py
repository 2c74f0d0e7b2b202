# %% [markdown]
# # NPFC on many maps
#
# [![Open in Colab](../book/images/colab.svg)](https://colab.research.google.com/github/OWNER/semlib/blob/v0.1.0/notebooks/33_on_many_maps.ipynb)
#
# The paper's tables have 12 and 110 maps ([](23_filtering_compared), [](24_clustering_compared)). Here the same questions go to
# more maps, and to maps of every kind: how do filters and clusters depend on **noise**, and on the **number of patterns**?
# [](31_real_data) shows this page's numbers for the 19,008 maps of MixedWM38 that were at hand.

# %% tags=["parameters"]
profile = "quick"  # "quick", "trial" or "paper": see the reading guide
dataset = "synthetic"  # "synthetic", "mixedwm38", "wm811k", or the path of a file or folder of wafer maps
seed = 0
n_maps = None  # how many maps (of the twin: for each noise level); None: as the profile says
n_jobs = 1  # processes; -1 for all cores

# %% tags=["hide-input"]
# On Colab only: install semlib. Its requirements are lower bounds, so Colab keeps its own torch and numpy.
import importlib.util
import subprocess
import sys

if "google.colab" in sys.modules and importlib.util.find_spec("semlib") is None:
    source = "semlib @ git+https://github.com/OWNER/semlib@v0.1.0"
    subprocess.run([sys.executable, "-m", "pip", "install", "-q", source], check=True)

from dataclasses import asdict

import numpy as np
import pandas as pd
from joblib import Parallel, delayed

from semlib import book
from semlib.plots import wafer_scores
from semlib.plots.style import use_style
from semlib.wafer.data import open_maps, synthetic
from semlib.wafer.filters import dbscan, keep_all, kmeans
from semlib.wafer.metrics import die_scores, external_scores, filter_scores, internal_scores
from semlib.wafer.npfc import npfc
from semlib.wafer.paper_tables import (
    EXTERNAL,
    FILTER_METRICS,
    FILTERS,
    INDICES,
    are_the_patterns,
    averages,
    left_out,
    times_better,
)

use_style()
n_maps = n_maps or book.profile(profile).n_maps
NOISE_LEVELS, PATTERN_COUNTS = (0.02, 0.05, 0.1, 0.2), (1, 2, 3, 4)

# %% [markdown]
# Of the twin we take maps with one to four patterns at four noise levels; the patterns are the same at each level. By numbers
# that need no truth, the mixed maps of MixedWM38 look most like the noisiest.


# %%
def twin(noise: float) -> list[tuple]:
    """Return (map, truth, patterns, noise) for the same number of maps with one to four patterns."""
    groups = [
        synthetic(max(1, (n_maps or 400) // 4), count, noise, seed=seed)
        for count in PATTERN_COUNTS
    ]
    return [
        (*one, int(there.sum()), noise)
        for group in groups
        for *one, there in zip(group, group.truth, group.patterns, strict=True)
    ]


if dataset == "synthetic":
    maps = [one for noise in NOISE_LEVELS for one in twin(noise)]
    levels = ", ".join(f"{noise:.0%}" for noise in NOISE_LEVELS)
    source = f"wafer twin (synthetic), {len(maps)} maps, noise {levels}"
else:
    opened = open_maps(dataset, n=n_maps, seed=seed)
    # "none" is WM-811K's word for a map without a pattern
    real = [name.lower() != "none" for name in opened.pattern_names]
    known = opened.patterns is not None
    labelled = opened.patterns[:, real].sum(1).tolist() if known else [-1] * len(opened)
    maps = [(m, None, count, np.nan) for m, count in zip(opened, labelled, strict=True)]
    source = opened.source
source


# %%
def judge(index: int, wafer_map, truth, patterns: int, noise: float) -> tuple[list, list]:
    """Return a map's rows of filters, and its rows of clusterings."""
    about = {"map": index, "patterns": patterns, "noise": noise}
    filters, clusterings = [], []
    for method, comparator in FILTERS.items():
        filtered = comparator.run(wafer_map)[0]
        row = about | {"method": method} | asdict(filter_scores(wafer_map, filtered))
        if truth is not None:
            true = [truth == k for k in np.unique(truth[truth >= 0])]
            lost = sum((filtered[dies] == 2).mean() < 0.5 for dies in true)
            row |= asdict(die_scores(truth, filtered)) | {"lost": lost}
        filters.append(row)

    ours = npfc(wafer_map)
    nothing = np.full(wafer_map.shape, -1, np.int32)
    found = {
        "NPFC": ours.labels,
        "K-means": kmeans(wafer_map, k=ours.num, seed=seed) if ours.num else nothing,
        "K-means, NPFC's dies": kmeans(ours.filtered, k=ours.num, seed=seed)
        if ours.num
        else nothing,
        "DBSCAN(√2, 3)": dbscan(wafer_map),
        "one cluster": keep_all(wafer_map),
    }
    if truth is not None:
        found["the truth"] = truth.astype(np.int32)
    for method, labels in found.items():
        kept = labels >= 0
        sizes = np.bincount(labels[kept], minlength=1)
        row = about | {"method": method, "clusters": int((sizes > 0).sum())}
        row |= {"largest": sizes.max() / max(kept.sum(), 1)}
        row |= asdict(internal_scores(np.argwhere(kept), labels[kept]))
        if truth is not None and method != "the truth":
            row |= asdict(external_scores(truth, labels, where=wafer_map == 2))
            row["matched"] = are_the_patterns(truth, labels)
        clusterings.append(row)
    return filters, clusterings


work = Parallel(n_jobs=n_jobs, return_as="generator")(
    delayed(judge)(i, *one) for i, one in enumerate(maps)
)
filtered_rows, clustered_rows = zip(*work, strict=True)
by_filter = pd.DataFrame([row for rows in filtered_rows for row in rows])
by_method = pd.DataFrame([row for rows in clustered_rows for row in rows])
ours = by_method[by_method.method == "NPFC"].set_index("map")
has_truth, has_counts = "f1" in by_filter, bool((ours.patterns >= 0).any())


def shares(rows: pd.DataFrame, rival: str, better: dict[str, str]) -> pd.DataFrame:
    """Return on which share of the maps NPFC is better, equal or worse than a rival."""
    table = times_better(rows, "NPFC", rival, better).drop(index="all")
    table.columns = ["NPFC better", "equal", "NPFC worse", "undefined"]
    return (table / len(maps)).rename(index=str.upper)


# %% [markdown]
# ## Filters
#
# ### By the paper's metrics
#
# The metrics are those of [](23_filtering_compared), formula {eq}`eq-filter-metrics`. {numref}`fig-filter-wins` counts on how
# many maps NPFC is better, {numref}`tbl-many-filters` has the means.

# %% mystnb={"figure": {"name": "fig-filter-wins", "caption": "Share of maps on which NPFC is better (blue), equal or worse (orange), by the paper's metrics. It beats the median, as in the paper. By the same metrics it can never beat DBSCAN, because it removes the same dies and then some more, nor doing nothing: whoever removes less wins."}}
won = {
    rival: shares(by_filter, rival, FILTER_METRICS)
    for rival in ("median", "DBSCAN(√2, 3)", "do nothing")
}
wafer_scores.wins(
    {rival: table.drop(columns="undefined") for rival, table in won.items()}, source=source
)

# %% mystnb={"table": {"name": "tbl-many-filters", "caption": "Means of the paper's metrics over all maps, and how many maps are left out of those of SNR and PSNR, because the filter changes nothing."}}
means, n_infinite = averages(by_filter, FILTER_METRICS), left_out(by_filter, ["snr"]).snr
means.round(4).rename(columns=str.upper).assign(**{"maps with infinite SNR": n_infinite})

# %% tags=["remove-cell"]
KEYS = {
    "do nothing": "nothing",
    "NPFC": "npfc",
    "median": "median",
    "median, dies only": "median_dies",
    "DBSCAN(√2, 3)": "dbscan",
    "√8 merge, ≥ 15": "merge15",
}
book.glue("filter_source", source)
book.glue("filter_n_maps", len(maps))
for method, key in KEYS.items():
    for metric in FILTER_METRICS:
        if np.isfinite(means.loc[method, metric]):
            book.glue(f"{metric}_{key}", float(means.loc[method, metric]))
    book.glue(f"infinite_{key}", int(n_infinite[method]))
for rival, table in won.items():
    for metric, row in table.iterrows():
        book.glue(f"beats_{KEYS[rival]}_{metric.lower()}", float(row["NPFC better"]))

# %% [markdown]
# By NMSE, SNR and PSNR NPFC beats the median filter on {glue:text}`beats_median_nmse:.1%` of these {glue:text}`filter_n_maps` maps,
# by MAE on {glue:text}`beats_median_mae:.1%`. By the same metrics it beats doing nothing on
# {glue:text}`beats_nothing_nmse:.0%` of them.
#
# ### By the truth, at each noise level
#
# {numref}`fig-die-scores` shows precision, recall and F1 (formula {eq}`eq-die-scores`).

# %% mystnb={"figure": {"name": "fig-die-scores", "caption": "Precision, recall and F1 of the kept dies against the noise, a line a method. Doing nothing has perfect recall, so its precision is what a filter must improve. As noise grows, NPFC keeps more and more of it. The median filter of dies only loses the least precision, at the price of a part of the patterns at every level."}}
by_noise = (
    by_filter.groupby(["method", "noise"], sort=False)[["precision", "recall", "f1"]]
    .mean()
    .reset_index()
    if has_truth
    else None
)
wafer_scores.die_scores_by_noise(
    by_noise, source=source
) if has_truth else "no truth for single dies"

# %% [markdown]
# A mean over dies hides the worst error: a small pattern that is removed altogether. {numref}`tbl-many-lost` counts such
# patterns.

# %% mystnb={"table": {"name": "tbl-many-lost", "caption": "Share of the true patterns of which less than half of the dies are kept, by filter and noise level."}}
if has_truth:
    lost = by_filter.groupby(["method", "noise"], sort=False)[["lost", "patterns"]].sum()
    lost = (lost.lost / lost.patterns).unstack("noise")
lost.rename(columns="lost at {:.0%} noise".format).round(
    3
) if has_truth else "no truth for single dies"

# %% tags=["remove-cell"]
if has_truth:
    for _, row in by_noise.iterrows():
        for score in ("precision", "recall", "f1"):
            book.glue(f"{score}_{KEYS[row.method]}_{row.noise * 100:.0f}", float(row[score]))
    for method, key in KEYS.items():
        for noise in NOISE_LEVELS:
            book.glue(f"lost_{key}_{noise * 100:.0f}", float(lost.loc[method, noise]))
    for noise in (5, 20):
        f1 = by_noise[(by_noise.noise * 100).round() == noise].set_index("method").f1
        above = f1["NPFC"] > f1["median"]
        book.glue(f"npfc_beats_median_{noise}", "holds" if above else "does not hold")

# %% [markdown]
# At 5 % noise NPFC's F1 is {glue:text}`f1_npfc_5:.3f`, against {glue:text}`f1_median_5:.3f` of the median,
# {glue:text}`f1_dbscan_5:.3f` of DBSCAN and {glue:text}`f1_nothing_5:.3f` of doing nothing. At 20 % it is
# {glue:text}`f1_npfc_20:.3f`, against {glue:text}`f1_median_20:.3f`, {glue:text}`f1_dbscan_20:.3f` and
# {glue:text}`f1_nothing_20:.3f`. The plain rule (√8 merge, 15 dies or more) has {glue:text}`f1_merge15_5:.3f` and
# {glue:text}`f1_merge15_20:.3f`, the median of dies only {glue:text}`f1_median_dies_5:.3f` and
# {glue:text}`f1_median_dies_20:.3f`. Judged by the truth, that NPFC beats the median
# **{glue:text}`npfc_beats_median_5`** at 5 % noise and **{glue:text}`npfc_beats_median_20`** at 20 %.
#
# At 5 % noise NPFC loses {glue:text}`lost_npfc_5:.1%` of the patterns, the median {glue:text}`lost_median_5:.1%`, DBSCAN
# {glue:text}`lost_dbscan_5:.1%` {claim}`npfc-keeps-patterns`. For NPFC the reason is the one of [](22_npfc_step_by_step):
# with Num = 2 there are two cores, and a third pattern that does not lie at the same distance from the centre, or lies
# between both, is taken for noise.
#
# ## The number of clusters
#
# {numref}`fig-num` compares Num with the number of patterns, {numref}`tbl-many-number` sums it up.

# %%
if has_counts:
    counts = pd.crosstab(ours.patterns, ours.clusters).reindex(
        columns=range(max(5, ours.clusters.max()) + 1), fill_value=0
    )
    right = pd.DataFrame({"NPFC": ours.clusters == ours.patterns})
    if has_truth:
        right["NPFC, and the clusters are the patterns"] = ours.matched.astype(bool)
    right["always 2"] = ours.patterns == 2
    by_patterns = right.groupby(ours.patterns).mean()

# %% mystnb={"figure": {"name": "fig-num", "caption": "Left: how many maps with so many patterns (row) got which Num (column). Right: share of maps with the right number, and the same for an answer that is always 2. NPFC says 2 nearly whatever the map holds."}}
wafer_scores.num_found(
    counts, by_patterns, source=source
) if has_counts else "no labels, so the right number is not known"

# %% mystnb={"table": {"name": "tbl-many-number", "caption": "Share of the maps on which NPFC's number of clusters is right, on which its clusters are the patterns, too, and on which 2 is right."}}
if has_counts:
    totals = pd.DataFrame(
        {
            "all maps": right.mean(),
            "maps with 2 patterns or more": right[ours.patterns >= 2].mean(),
        }
    ).T
totals.round(3) if has_counts else "no labels"

# %% [markdown]
# Noise links patterns in the pre-merge, and so does a pattern that touches another ({numref}`tbl-many-linked`).

# %% mystnb={"table": {"name": "tbl-many-linked", "caption": "NPFC by noise level, or on real maps by the number of patterns: mean Num, the share of the kept dies that lie in the largest cluster, and the share of the maps with the right number."}}
group = "noise" if has_truth else "patterns"
linked = ours.groupby(group).agg(
    maps=("clusters", "size"), mean_num=("clusters", "mean"), largest=("largest", "mean")
)
if has_counts:
    linked["right number"] = (ours.clusters == ours.patterns).groupby(ours[group]).mean()
if has_truth:
    linked["and the patterns"] = ours.matched.astype(float).groupby(ours[group]).mean()
linked = linked.rename(
    columns={"mean_num": "mean Num", "largest": "dies in the largest cluster"}
)
linked.round(3)

# %% tags=["remove-cell"]
book.glue("cluster_source", source)
book.glue("cluster_n_maps", len(maps))
book.glue("num_2_share", float((ours.clusters == 2).mean()))
if has_counts:
    book.glue(
        "num_counts",
        {int(k): {int(n): int(c) for n, c in row.items()} for k, row in counts.iterrows()},
    )
    for count, row in by_patterns.iterrows():
        book.glue(f"num_right_{count}", float(row["NPFC"]))
        book.glue(f"num_maps_{count}", int((ours.patterns == count).sum()))
    for row, key in (("all maps", "all"), ("maps with 2 patterns or more", "mixed")):
        book.glue(f"num_right_{key}", float(totals.loc[row, "NPFC"]))
        book.glue(f"always2_{key}", float(totals.loc[row, "always 2"]))
        if has_truth:
            matched = totals.loc[row, "NPFC, and the clusters are the patterns"]
            book.glue(f"num_matched_{key}", float(matched))
    least = totals.loc["maps with 2 patterns or more", ["NPFC", "always 2"]]
    book.glue("num_claim", "holds" if least["NPFC"] > least["always 2"] else "does not hold")
for key, row in linked.iterrows():
    name = f"noise_{key * 100:.0f}" if has_truth else f"patterns_{key}"
    book.glue(f"largest_share_{name}", float(row["dies in the largest cluster"]))
    if has_truth:
        book.glue(f"num_matched_{name}", float(row["and the patterns"]))

# %% [markdown]
# On {glue:text}`num_2_share:.0%` of the maps Num is 2. It is right for {glue:text}`num_right_2:.0%` of the maps with two
# patterns, {glue:text}`num_right_3:.0%` of those with three and {glue:text}`num_right_4:.0%` of those with four. Over all
# mixed maps that is {glue:text}`num_right_mixed:.0%`; always saying two is right on {glue:text}`always2_mixed:.0%`. That NPFC
# finds the number better than an answer that does not look **{glue:text}`num_claim`** here. Number and clusters are right on
# {glue:text}`num_matched_mixed:.0%`.
#
# At 5 % noise the largest cluster holds {glue:text}`largest_share_noise_5:.0%` of the kept dies, at 20 %
# {glue:text}`largest_share_noise_20:.0%`. Number and clusters are right on {glue:text}`num_matched_noise_5:.0%` and
# {glue:text}`num_matched_noise_20:.0%` of the maps.
#
# ## The clusters
#
# {numref}`fig-internal-wins` judges the clusters by themselves, with the indices of formula {eq}`eq-cluster-indices`
# ([](24_clustering_compared)). {numref}`fig-external` and {numref}`tbl-many-ari` compare them with the true patterns; noise
# and what is removed are a group each.

# %% mystnb={"figure": {"name": "fig-internal-wins", "caption": "Share of maps on which NPFC is better (blue) or worse (orange) by the internal indices. Undefined: fewer than two clusters on one side."}} tags=["nbval-ignore-output"]
RIVALS = ["K-means", "K-means, NPFC's dies", "DBSCAN(√2, 3)"] + ["the truth"] * has_truth
internal = {rival: shares(by_method, rival, INDICES) for rival in RIVALS}
wafer_scores.wins(internal, source=source)

# %% mystnb={"figure": {"name": "fig-external", "caption": "Means of the external indices RI, ARI and NMI by method, NPFC in blue. DBSCAN, which is NPFC's own first step and nothing more, is the rival to look at. One cluster is the control: no noise removed, nothing split."}} tags=["nbval-ignore-output"]
mean_external = averages(by_method, EXTERNAL).drop(index="the truth") if has_truth else None
wafer_scores.method_scores(
    mean_external, EXTERNAL, source=source
) if has_truth else "no truth for single dies"

# %% mystnb={"table": {"name": "tbl-many-ari", "caption": "Mean adjusted Rand index (ARI) by method and noise level: 1 where the clusters are the true patterns, about 0 where they agree no better than chance."}} tags=["nbval-ignore-output"]
known = by_method[by_method.method != "the truth"]
ari = known.pivot_table("ari", "method", "noise", sort=False) if has_truth else None
ari.rename(columns="ARI at {:.0%} noise".format).round(
    3
) if has_truth else "no truth for single dies"

# %% tags=["remove-cell", "nbval-ignore-output"]
NAMES = {
    "NPFC": "npfc",
    "K-means": "kmeans",
    "K-means, NPFC's dies": "kmeans_kept",
    "DBSCAN(√2, 3)": "dbscan",
    "one cluster": "one",
    "the truth": "truth",
}
verdicts = {"beats": "NPFC better", "loses": "NPFC worse", "undefined": "undefined"}
external = (
    {rival: shares(by_method, rival, EXTERNAL) for rival in RIVALS[:3]} if has_truth else {}
)
for tables in (internal, external):
    for rival, table in tables.items():
        for index, row in table.iterrows():
            for word, column in verdicts.items():
                book.glue(f"{word}_{NAMES[rival]}_{index.lower()}", float(row[column]))
if has_truth:
    for method, row in mean_external.iterrows():
        book.glue(f"ari_{NAMES[method]}", float(row.ari))
        for noise, value in ari.loc[method].items():
            book.glue(f"ari_{NAMES[method]}_{noise * 100:.0f}", float(value))

# %% [markdown]
# Against K-means on all dies NPFC wins on {glue:text}`beats_kmeans_dbi:.0%` of the maps by DBI,
# {glue:text}`beats_kmeans_di:.0%` by DI, {glue:text}`beats_kmeans_ch:.0%` by CH and {glue:text}`beats_kmeans_gdi:.0%` by GDI. By
# ARI NPFC has {glue:text}`ari_npfc:.2f` on average, K-means {glue:text}`ari_kmeans:.2f`, DBSCAN {glue:text}`ari_dbscan:.2f`. It beats
# K-means on {glue:text}`beats_kmeans_ari:.0%` of the maps, and DBSCAN on {glue:text}`beats_dbscan_ari:.0%`. At 20 % noise NPFC
# has {glue:text}`ari_npfc_20:.2f`, K-means {glue:text}`ari_kmeans_20:.2f`, DBSCAN {glue:text}`ari_dbscan_20:.2f`.
#
# DBSCAN with these parameters gives just what NPFC starts from, the 8-connected clusters without single and twin dies. What comes
# after, the pre-merge, the choice of Num and the verdicts, changes the mean ARI from {glue:text}`ari_dbscan:.2f` to
# {glue:text}`ari_npfc:.2f`.
