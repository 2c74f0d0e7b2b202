# %% [markdown]
# # Adjacency clustering and iWMM: the paper's Tables 6 and 7
#
# [![Open in Colab](../book/images/colab.svg)](https://colab.research.google.com/github/OWNER/semlib/blob/v0.1.0/notebooks/30_adjacency_clustering_and_iwmm.ipynb)
#
# The second half of paper 2's comparison of clusters (section 3.3.2): with adjacency clustering by internal indices (Table 6)
# and by external ones (Table 7), with iWMM by pictures (Fig. 11), and a word on complexity (3.3.3). The layout is the
# paper's; the controls and the scores against the truth of each die are ours.

# %% tags=["parameters"]
profile = "quick"  # "quick"; any other takes all 12 maps and longer chains for iWMM
dataset = "twin"  # "twin", "mixedwm38", "wm811k", or the path of a file of one of the two
rule = "two groups"  # of WM-811K, which maps are mixed-type: "two groups" or "any" of the class
seed = 0
n_jobs = 1  # processes; -1 for all cores
n_iwmm = None  # maps for iWMM; None: 2 at profile quick, else 12
n_iter = None  # iterations of a map's chain; None: 150 at profile quick, else 1000
max_dies = None  # dies of a map that the chain sees; None: 40 at profile quick, else 100

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
from IPython.display import HTML

from semlib import book
from semlib.plots import wafer_maps, wafer_paper, wafer_tables
from semlib.plots.style import use_style
from semlib.wafer.adjacency import adjacency_cut
from semlib.wafer.comparators import COMPARATORS
from semlib.wafer.iwmm import iwmm
from semlib.wafer.metrics import external_scores
from semlib.wafer.npfc import npfc
from semlib.wafer.paper_maps import draw_paper_maps
from semlib.wafer.paper_tables import (
    CLUSTERINGS,
    DIE_SCORES,
    EXTERNAL,
    INDICES,
    adjacency_at,
    averages,
    judge_maps,
    left_out,
    one_by_one,
    times_better,
)
from semlib.wafer.records import (
    DATA_SETS,
    beside_records,
    labels_to_text,
    text_to_labels,
    to_plain,
)
from semlib.wafer.sweeps import choose, sweep

use_style()
small = profile == "quick"
n_iwmm = n_iwmm or (2 if small else 12)
n_iter = n_iter or (150 if small else 1000)
max_dies = max_dies or (40 if small else 100)
drawn = draw_paper_maps(dataset, seed=seed, rule=rule)
twelve, many = drawn.twelve, drawn.many
print(f"{many.source}; {drawn.rule}")

# %% [markdown]
# The 12 + 110 maps are those of [](23_filtering_compared), which shows them and says how they are drawn. The tables of real
# maps are records of this notebook, run on them.
#
# ## The price of a border
#
# Adjacency clustering {cite}`ezzat2021` looks for the map in which as few dies as possible have changed and as few
# neighbours as possible differ; its energy is {eq}`eq-adjacency`. What a differing pair costs, $u$, has to be set by
# hand, as the paper stresses. Ours is chosen on **tuning maps**, another 110 of the twin from another seed, by F1
# against their truth. The same $u$ is used for the real maps, which have no truth to choose by.
# {numref}`tbl-paper-price` has the tuning, {numref}`fig-paper-ac` what comes of it.

# %% mystnb={"table": {"name": "tbl-paper-price", "caption": "Mean scores of single dies on the tuning maps (twin) for each price u. The u with the best F1 is used on this page."}}
SPREAD = {"adjacency clustering": COMPARATORS["adjacency clustering"]}
tuning = draw_paper_maps("twin", seed=seed + 1000).many
tried = sweep(
    list(tuning),
    tuning.truth,
    comparators=SPREAD,
    groups=("die",),
    n_jobs=n_jobs,
    progress=False,
)
u = float(choose(tried, SPREAD).value.iloc[0])
tried.groupby("value", sort=False)[list(DIE_SCORES)].mean().T.rename_axis("u").round(3)

# %% mystnb={"figure": {"name": "fig-paper-ac", "caption": "Adjacency clustering on the 12 maps, at the u that the tuning maps chose. Above: removed (orange) and added dies (light blue); it fills holes in patterns; in the scores of dies these count as false. Below: its clusters, the connected parts of what is left, at the dies that were defective. It keeps small pieces of noise as clusters of their own."}}
cuts = [adjacency_cut(m, u=u) for m in twelve]


def number_of_clusters(labels: list[np.ndarray]) -> list[str]:
    """Say how many clusters each map has."""
    counts = [len(np.unique(found[found >= 0])) for found in labels]
    return [f"{n} cluster{'s' * (n != 1)}" for n in counts]


def images(labels: list[np.ndarray]) -> list[np.ndarray]:
    """Return the first maps as images, a colour a cluster."""
    return [wafer_paper.cluster_image(*pair) for pair in zip(twelve, labels, strict=False)]


COLORS = {wafer_maps.GOOD_DIE: "good die", wafer_paper.GONE: "removed, or noise"}
wafer_paper.map_bands(
    twelve.names,
    {
        "AC filters": [
            wafer_maps.change_image(m, cut.filtered)
            for m, cut in zip(twelve, cuts, strict=True)
        ],
        "AC clusters": images([cut.labels for cut in cuts]),
    },
    notes={
        "AC filters": [f"−{cut.n_removed}, +{cut.n_added} dies" for cut in cuts],
        "AC clusters": number_of_clusters([cut.labels for cut in cuts]),
    },
    colors={wafer_maps.REMOVED: "removed", wafer_maps.ADDED: "added"} | COLORS,
    source=twelve.source,
)

# %% [markdown]
# ## The paper's Table 6: CH and GDI on the 12 maps
#
# {numref}`tbl-paper-table6` has the paper's layout.

# %% mystnb={"table": {"name": "tbl-paper-table6", "caption": "The paper's Table 6 on our 12 maps: CH and GDI of the clusters of adjacency clustering (AC) and of NPFC."}}
METHODS = {"AC": adjacency_at(u), "NPFC": CLUSTERINGS["NPFC"]} | CLUSTERINGS
TABLE6 = {index: INDICES[index] for index in ("ch", "gdi")}
GROUPS = ("internal", "external", "die")
of_twelve = judge_maps(
    twelve, {name: METHODS[name] for name in ("AC", "NPFC")}, GROUPS, n_jobs=n_jobs
)
table6 = one_by_one(of_twelve, TABLE6, ("AC", "NPFC"))
HTML(wafer_tables.pairs(table6, TABLE6, name="table6").to_html())

# %% [markdown]
# ## The paper's Table 7: RI, ARI and NMI on the 12 maps
#
# "Three external metrics of the iWMM model" {claim}`npfc-rand-index`, against "the true label" of each die (3.2). Where
# the paper has a true label of each die from is **not said**: WM-811K has none {claim}`npfc-true-labels`. Ours is the
# twin's: the pattern of each die. All defective dies are compared; true noise is one group, and so is what a method
# removes ({numref}`tbl-paper-table7`). Of real maps there is no Table 7.

# %% mystnb={"table": {"name": "tbl-paper-table7", "caption": "The paper's Table 7 on our 12 maps: agreement of the clusters with the true pattern of each die."}}
table7 = one_by_one(of_twelve, EXTERNAL, ("AC", "NPFC")) if drawn.has_truth else None
HTML(
    wafer_tables.pairs(table7, EXTERNAL, name="table7").to_html()
) if drawn.has_truth else "no truth for single dies"

# %% [markdown]
# ## The 110 maps, with the controls
#
# {numref}`tbl-paper-110` has the means; grey is not in these two tables of the paper. "Do nothing" is one cluster of all dies; chance gives an ARI of 0. "Defined"
# counts the maps with two clusters or more, over which CH and GDI are averaged.

# %% mystnb={"table": {"name": "tbl-paper-110", "caption": "Tables 6 and 7 on the 110 maps, as means, with the controls."}} tags=["nbval-ignore-output"]
of_many = judge_maps(many, METHODS, GROUPS, n_jobs=n_jobs)
scores = [*TABLE6, *((*EXTERNAL, *DIE_SCORES) if drawn.has_truth else ())]
means, missing = averages(of_many, scores), left_out(of_many, scores)
RIVALS = ("AC", "√8 merge, ≥ 15", "DBSCAN(√2, 3)")
better6 = {rival: times_better(of_many, "NPFC", rival, TABLE6) for rival in RIVALS}
ALL = EXTERNAL | {"f1": "larger"}
better7 = (
    {rival: times_better(of_many, "NPFC", rival, ALL) for rival in (*RIVALS, "K-means")}
    if drawn.has_truth
    else {}
)
HTML(
    wafer_tables.methods(
        means.assign(defined=len(many) - missing.gdi).rename_axis(index=None),
        INDICES | EXTERNAL | DIE_SCORES,
        name="table7controls",
        controls=[m for m in means.index if m not in ("AC", "NPFC")],
    ).to_html()
)

# %% [markdown]
# ## The paper's Figure 11: iWMM
#
# The paper shows clusters of iWMM on its maps, without a number: it "also demonstrates good clustering performance". Ours gets the
# maps that NPFC has filtered, for the infinite warped mixture model knows no noise. [](27_iwmm) explains it, and runs it on
# maps of another filter. {numref}`fig-paper-11` shows the clusters.


# %% tags=["nbval-ignore-output"]
def warped(wafer_map: np.ndarray, result) -> np.ndarray:
    """Cluster by iWMM what NPFC keeps of a map."""
    if (result.filtered == 2).sum() < 3:
        return result.labels
    settings = {"n_iter": n_iter, "max_dies": max_dies, "seed": seed, "progress": False}
    return iwmm(result.filtered, **settings)


results = [npfc(m) for m in twelve]
by_iwmm = [warped(*pair) for pair in list(zip(twelve, results, strict=True))[:n_iwmm]]

# %% tags=["remove-cell", "nbval-ignore-output"]
own = {
    "source": many.source,
    "rule": drawn.rule,
    "fingerprint": many.fingerprint[:16],
    "u": u,
    "table6": table6,
    "table7": table7,
    "means": means,
    "missing": missing,
    "better6": better6,
    "better7": better7,
    "better6_12": times_better(of_twelve, "NPFC", "AC", TABLE6),
    "better7_12": times_better(of_twelve, "NPFC", "AC", EXTERNAL) if drawn.has_truth else None,
    "iwmm_settings": [n_iwmm, n_iter, max_dies, seed],
    "iwmm_clusters": [int(found.max(initial=-1)) + 1 for found in by_iwmm],
    "npfc_clusters": [result.num for result in results[:n_iwmm]],
    "iwmm_agrees": [
        external_scores(r.labels, found, where=r.labels >= 0).ari
        for r, found in zip(results, by_iwmm, strict=False)
    ],
    # labels of a real map would be a copy of a part of it
    "iwmm_labels": [labels_to_text(m, x) for m, x in zip(twelve, by_iwmm, strict=False)]
    if drawn.has_truth
    else None,
}
book.glue("partners", to_plain(own))
usual = (dataset, rule, seed) == ("twin", "two groups", 0)
runs, _ = beside_records(
    own,
    book.recorded,
    "30_adjacency_clustering_and_iwmm",
    "partners",
    dataset=None if usual else str(dataset),
)
kept = book.recorded("30_adjacency_clustering_and_iwmm_twin") if usual and small else None

# %% tags=["nbval-ignore-output"]
warp = kept["values"]["partners"] if kept else own
shown_n, shown_iter, shown_dies, _ = warp["iwmm_settings"]
print(
    f"{shown_n} maps, {shown_iter} iterations, at most {shown_dies} dies"
    f"{', recorded at ' + kept['provenance']['commit'] if kept else ''}"
)
first = list(twelve)[:shown_n]
clusters = {
    "NPFC": [result.labels for result in results[:shown_n]],
    "iWMM": [text_to_labels(*pair) for pair in zip(first, warp["iwmm_labels"], strict=True)]
    if kept
    else by_iwmm,
}

# %% mystnb={"figure": {"name": "fig-paper-11", "caption": "The paper's Figure 11: iWMM on the maps that NPFC has filtered, beside NPFC's own clusters and, on the twin, the true patterns. A colour a cluster; grey dies are removed, or noise. iWMM can part what touches, and it may cut a ring or an arc, or split noise that was left."}} tags=["nbval-ignore-output"]
truths = (
    {"the truth": [t.astype(np.int32) for t in twelve.truth[:shown_n]]}
    if drawn.has_truth
    else {}
)
wafer_paper.map_bands(
    twelve.names[:shown_n],
    {name: images(labels) for name, labels in (truths | clusters).items()},
    notes={name: number_of_clusters(labels) for name, labels in clusters.items()},
    colors=COLORS,
    source=f"{twelve.source}{', recorded' if kept else ''}",
)

# %% [markdown]
# {numref}`tbl-paper-11` has the ARI with the truth over the patterns' dies alone, as in [](27_iwmm): 1 if each pattern is one cluster, whole and of its own.

# %% mystnb={"table": {"name": "tbl-paper-11", "caption": "Agreement (ARI) of iWMM's and NPFC's clusters with the true patterns, over the patterns' dies."}} tags=["nbval-ignore-output"]
figure11 = (
    pd.DataFrame(
        {
            name: [
                external_scores(t, x, where=t >= 0).ari
                for t, x in zip(twelve.truth, labels, strict=False)
            ]
            for name, labels in clusters.items()
        },
        index=twelve.names[:shown_n],
    )
    if drawn.has_truth
    else None
)
HTML(
    wafer_tables.plain(
        pd.concat([figure11, figure11.mean().to_frame("mean").T]), name="figure11"
    ).to_html()
) if drawn.has_truth else "no truth for single dies"

# %% [markdown]
# ## Claim by claim
#
# {numref}`tbl-paper-claims30` has what comes out by the counts that the paper makes, and then what it does not count.


# %% mystnb={"table": {"name": "tbl-paper-claims30", "caption": "On how many maps NPFC is better or worse than adjacency clustering and the controls, by each index; the last lines count the clusters of Figure 11."}} tags=["hide-input", "nbval-ignore-output"]
def counts(run: dict) -> dict[str, str]:
    """Return the lines of the table of claims for one data set."""
    lines = {}
    for s in TABLE6:
        won = run["better6_12"].loc[s, "NPFC"]
        lines[f"Table 6: better {s.upper()} than AC"] = f"{won} of 12"
    for s in EXTERNAL:
        table = run["better7_12"]
        won = "no truth" if table is None else f"{table.loc[s, 'NPFC']} of 12"
        lines[f"Table 7: better {s.upper()} than AC"] = won
    for rival in RIVALS:
        tables = run["better6"][rival], run["better7"].get(rival)
        for s, table in zip(
            ("ch", "gdi", "ari", "f1"), (*2 * tables[:1], *2 * tables[1:]), strict=True
        ):
            lines[f"the 110: {s.upper()} better / worse than {rival}"] = (
                "no truth"
                if table is None
                else f"{table.loc[s, 'NPFC']} / {table.loc[s, rival]}"
            )
    lines["Fig. 11: clusters a map, iWMM"] = (
        f"{np.mean(run['iwmm_clusters']):.1f} ({len(run['iwmm_clusters'])} maps)"
    )
    lines["Fig. 11: clusters a map, NPFC"] = f"{np.mean(run['npfc_clusters']):.1f}"
    lines["Fig. 11: ARI of iWMM with NPFC"] = f"{np.mean(run['iwmm_agrees']):.2f}"
    return lines


CLAIMS = {
    **{f"Table 6: better {s.upper()} than AC": "“significantly better”" for s in TABLE6},
    **{f"Table 7: better {s.upper()} than AC": "“decisive advantage”" for s in EXTERNAL},
}
shown_runs = {
    name: run | warp if name == "twin" and kept else run for name, run in runs.items()
}
shown_runs = {
    name: run | {k: runs[name][k] for k in ("better6", "better7", "better6_12", "better7_12")}
    for name, run in shown_runs.items()
}
claims = pd.DataFrame({name: counts(run) for name, run in shown_runs.items()})
claims.insert(0, "the paper", claims.index.map(CLAIMS).fillna("–"))
HTML(
    wafer_tables.plain(claims.rename_axis("NPFC, maps"), name="claims30", words=True).to_html()
)

# %% tags=["remove-cell", "nbval-ignore-output"]
KEYS = {"twin": "twin", **{name: key for key, name in DATA_SETS.items()}, "these maps": "own"}
SHORT = {
    "AC": "ac",
    "NPFC": "npfc",
    "√8 merge, ≥ 15": "merge15",
    "DBSCAN(√2, 3)": "dbscan",
    "K-means": "kmeans",
    "K-means, NPFC's dies": "kmeans_kept",
    "do nothing": "nothing",
}
book.glue("t6_u", u)
for name, run in runs.items():
    for tables in (run["better6"], run["better7"]):
        for rival, table in tables.items():
            for score in table.index.drop("all"):
                key = f"{KEYS[name]}_{score}"
                book.glue(f"t6_{key}_over_{SHORT[rival]}", int(table.loc[score, "NPFC"]))
                book.glue(f"t6_{key}_under_{SHORT[rival]}", int(table.loc[score, rival]))
if drawn.has_truth:
    for method, line in means.iterrows():
        for score in EXTERNAL:
            book.glue(f"t7_{score}_{SHORT[method]}", float(line[score]))
    wins = better7["AC"].loc["ari"]
    book.glue("t7_claim", "holds" if wins["NPFC"] > wins["AC"] else "does not hold")
    book.glue("t11_n", shown_n)
    book.glue("t11_iter", shown_iter)
    book.glue("t11_npfc", float(figure11["NPFC"].mean()))
    book.glue("t11_iwmm", float(figure11["iWMM"].mean()))
    gain = figure11["iWMM"] - figure11["NPFC"]
    book.glue("t11_wins", int((gain > 0.005).sum()))
    book.glue("t11_losses", int((gain < -0.005).sum()))
    book.glue("t11_clusters", float(np.mean(warp["iwmm_clusters"])))
least = min(
    run["better6"]["AC"].loc[s, "NPFC"] - run["better6"]["AC"].loc[s, "AC"]
    for run in runs.values()
    for s in TABLE6
)
book.glue("t6_claim", "holds" if least > 0 else "does not hold everywhere")

# %% [markdown]
# **Table 6**, at u = {glue:text}`t6_u:g`. NPFC has the better CH on {glue:text}`t6_twin_ch_over_ac` of the 110 maps of the
# twin and adjacency clustering on {glue:text}`t6_twin_ch_under_ac`; by GDI it is {glue:text}`t6_twin_gdi_over_ac` and
# {glue:text}`t6_twin_gdi_under_ac`. On WM-811K these are {glue:text}`t6_wm811k_ch_over_ac` and
# {glue:text}`t6_wm811k_ch_under_ac`, {glue:text}`t6_wm811k_gdi_over_ac` and {glue:text}`t6_wm811k_gdi_under_ac`; on
# MixedWM38 {glue:text}`t6_mixedwm38_ch_over_ac` and {glue:text}`t6_mixedwm38_ch_under_ac`,
# {glue:text}`t6_mixedwm38_gdi_over_ac` and {glue:text}`t6_mixedwm38_gdi_under_ac`. The rest is equal, or has fewer than
# two clusters. That NPFC is better on more maps than it is worse **{glue:text}`t6_claim`** {claim}`npfc-table6`. Against
# the plain rule (√8 merge, 15 dies) it has the better CH on {glue:text}`t6_wm811k_ch_over_merge15` and the worse on
# {glue:text}`t6_wm811k_ch_under_merge15` of the maps of WM-811K.
#
# **Table 7.** With the truth of each die, by ARI, NPFC is better than adjacency clustering on
# {glue:text}`t6_twin_ari_over_ac` of 110 maps and worse on {glue:text}`t6_twin_ari_under_ac`; the means are
# {glue:text}`t7_ari_npfc:.2f` and {glue:text}`t7_ari_ac:.2f`. The "decisive advantage" of NPFC **{glue:text}`t7_claim`**
# on the twin {claim}`npfc-table7`. DBSCAN, which stops after NPFC's first step, has {glue:text}`t7_ari_dbscan:.2f`, the
# plain rule {glue:text}`t7_ari_merge15:.2f`, K-means {glue:text}`t7_ari_kmeans:.2f`, one cluster of everything
# {glue:text}`t7_ari_nothing:.2f` (Rand index {glue:text}`t7_ri_nothing:.2f` {claim}`npfc-rand-zero`). Against DBSCAN NPFC
# is better on {glue:text}`t6_twin_ari_over_dbscan` maps and worse on {glue:text}`t6_twin_ari_under_dbscan`. Adjacency
# clustering had its u from maps like these; on the paper's maps, with the u of its authors, it may have done worse.
#
# **Figure 11.** On {glue:text}`t11_n` maps, with {glue:text}`t11_iter` iterations each, iWMM has a mean ARI of
# {glue:text}`t11_iwmm:.2f` over the patterns' dies, NPFC {glue:text}`t11_npfc:.2f`. It is better on {glue:text}`t11_wins`
# maps and worse on {glue:text}`t11_losses`, with {glue:text}`t11_clusters:.1f` clusters a map {claim}`npfc-iwmm-good`.
#
# ## Section 3.3.3: complexity
#
# The paper argues that NPFC takes O(n) steps and O(n) memory for n defective dies, and DBSCAN and adjacency clustering O(n²). It
# times nothing. As described, NPFC needs the distances of all pairs too, for the silhouette and for mDist. How long it takes
# in fact, beside DBSCAN, and how that grows with the map is measured in [](32_speed).
#
# ## The paper's Table 6 on real maps
#
# {numref}`tbl-paper-real6` has the records of real maps.

# %% mystnb={"table": {"name": "tbl-paper-real6", "caption": "Table 6 on real maps, from records of this notebook."}} tags=["hide-output", "nbval-ignore-output"]
HTML(
    "".join(
        f"<p><b>{name}</b></p>"
        + wafer_tables.pairs(run["table6"], TABLE6, name=f"table6{KEYS[name]}").to_html()
        for name, run in runs.items()
        if name != "twin"
    )
    or "no records of other data at hand"
)
