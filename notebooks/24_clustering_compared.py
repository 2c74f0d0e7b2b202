# %% [markdown]
# # Clustering compared: the paper's Tables 4 and 5
#
# [![Open in Colab](../book/images/colab.svg)](https://colab.research.google.com/github/OWNER/semlib/blob/v0.1.0/notebooks/24_clustering_compared.ipynb)
#
# Besides filtering, NPFC splits a map into clusters and chooses their number (paper 2, section 3.3.2). The paper shows the
# choice on 12 maps (Table 4), and compares the clusters with those of K-means on the 12 (Table 5) and on 110 more (Fig. 10).
# Here are these tables and the figure in the paper's layout, with the controls that it leaves out: a number of clusters that
# needs no algorithm, **always two**; a plainer rule in place of NPFC's; and the true patterns themselves.

# %% tags=["parameters"]
profile = "quick"  # any: the paper's 12 + 110 maps take seconds
dataset = "twin"  # "twin", "mixedwm38", "wm811k", or the path of a file of one of the two
rule = "two groups"  # of WM-811K, which maps are mixed-type: "two groups" or "any" of the class
seed = 0
n_jobs = 1  # processes; -1 for all cores

# %% tags=["hide-input"]
# On Colab only: install semlib. Its requirements are lower bounds, so Colab keeps its own torch and numpy.
import importlib.util
import subprocess
import sys

if "google.colab" in sys.modules and importlib.util.find_spec("semlib") is None:
    source = "semlib @ git+https://github.com/OWNER/semlib@v0.1.0"
    subprocess.run([sys.executable, "-m", "pip", "install", "-q", source], check=True)

from functools import partial

import numpy as np
import pandas as pd
from IPython.display import HTML

from semlib import book
from semlib.plots import wafer_maps, wafer_paper, wafer_tables
from semlib.plots.style import use_style
from semlib.wafer.comparators import COMPARATORS, Comparator
from semlib.wafer.filters import kmeans
from semlib.wafer.npfc import npfc
from semlib.wafer.paper_maps import draw_paper_maps
from semlib.wafer.paper_tables import (
    CLUSTERINGS,
    DIE_SCORES,
    INDICES,
    averages,
    judge_maps,
    judge_truth,
    left_out,
    one_by_one,
    right_numbers,
    sd_table,
    times_better,
)
from semlib.wafer.records import DATA_SETS, beside_records, to_plain

use_style()
drawn = draw_paper_maps(dataset, seed=seed, rule=rule)
twelve, many = drawn.twelve, drawn.many
print(f"{many.source}; {drawn.rule}")

# %% [markdown]
# The 12 + 110 maps are those of [](23_filtering_compared), which shows them and says how they are drawn. The tables of real
# maps are records of this notebook, run on them.
#
# ## The paper's Table 4: SD by number of clusters
#
# {numref}`tbl-clustering-sd` has SD for Num = 2 to 5, by formula {eq}`eq-npfc-sd` of [](22_npfc_step_by_step). The paper's own
# values, and those of its Tables 5 to 7, are not at hand {claim}`npfc-tables-4-to-7`.

# %% mystnb={"table": {"name": "tbl-clustering-sd", "caption": "The paper's Table 4 with our 12 maps: SD by the number of clusters, and the number that is taken, which has the largest SD (bold). A dash: there are not so many clusters."}}
results, results_of_many = [npfc(m) for m in twelve], [npfc(m) for m in many]
table4 = sd_table(results, twelve.names)


def show_table4(table: pd.DataFrame, name: str, **more: list) -> str:
    """Return Table 4 as HTML, with more columns on its right."""
    bold = table.iloc[:, :4].eq(table.iloc[:, :4].max(axis=1), axis=0).to_numpy()
    shown = table.rename(columns={k: f"Num = {k}" for k in range(2, 6)})
    shown = shown.rename(columns={"Num": "Num taken"}).assign(**more)
    wide = np.hstack([bold, np.zeros((len(table), shown.shape[1] - 4), bool)])
    return wafer_tables.plain(shown, bold=wide, name=name).to_html()


patterns = ["not known" if np.isnan(n) else int(n) for n in twelve.table.n_patterns]
HTML(show_table4(table4, "table4", patterns=patterns, label=twelve.table.label.tolist()))

# %% [markdown]
# Where the number of patterns is known, it can be counted on how many maps the number of clusters is right
# ({numref}`tbl-clustering-number`): NPFC's, the one of the largest silhouette alone, without the rest of SD
# {claim}`npfc-silhouette-alone`, the answer "always 2", that of the plain rule (√8 merge, groups of 15 dies stay) and that of
# NPFC's practical mode, which is ours. On the twin we ask more: whether each cluster consists mostly of **another** pattern.
# Two halves of a ring make the right number and the wrong clusters.

# %% mystnb={"table": {"name": "tbl-clustering-number", "caption": "On how many maps the number of clusters is the number of patterns, by NPFC and by the controls."}}
if drawn.has_counts:
    right_12 = right_numbers(twelve, twelve.table.n_patterns, results)
    right = right_numbers(many, many.table.n_patterns, results_of_many)
    by_patterns = right.groupby(many.table.n_patterns.to_numpy()).agg(["sum", "size"])
    right_table = pd.DataFrame({"the 12": right_12.sum(), "the 110": right.sum()})
    for k in by_patterns.index:
        n = int(by_patterns.loc[k].iloc[1])
        right_table[f"of {n} with {k:.0f} patterns"] = by_patterns.loc[k].xs("sum", level=1)
else:
    right_12 = right = right_table = None
HTML(
    wafer_tables.plain(
        right_table.rename_axis("maps with the right number"), name="table4right"
    ).to_html()
) if drawn.has_counts else "the number of patterns is not known"

# %% [markdown]
# ## The paper's Table 5: NPFC and K-means on the 12 maps
#
# The paper says neither which dies its K-means got nor which k. Ours gets all defective dies and NPFC's Num. Controls are
# K-means on the dies that NPFC keeps, and with the true number. {numref}`fig-paper-clusters` shows the clusters.

# %% mystnb={"figure": {"name": "fig-paper-clusters", "caption": "Clusters on the 12 maps, a colour a cluster, removed dies in grey; below the true patterns, where they are known. K-means cuts rings and scratches into sectors. NPFC keeps what touches together, so two patterns that touch are one cluster."}} tags=["nbval-ignore-output"]
clusterings = {
    "K-means": [kmeans(m, k=max(r.num, 1)) for m, r in zip(twelve, results, strict=True)],
    "NPFC": [r.labels for r in results],
}
if drawn.has_truth:
    clusterings["the truth"] = [t.astype(np.int32) for t in twelve.truth]


def number_of_clusters(labels: list[np.ndarray]) -> list[str]:
    """Say how many clusters each map has."""
    counts = [len(np.unique(found[found >= 0])) for found in labels]
    return [f"{n} cluster{'s' * (n != 1)}" for n in counts]


wafer_paper.map_bands(
    twelve.names,
    {
        name: [wafer_paper.cluster_image(*pair) for pair in zip(twelve, labels, strict=True)]
        for name, labels in clusterings.items()
    },
    notes={name: number_of_clusters(clusterings[name]) for name in ("K-means", "NPFC")},
    colors={wafer_maps.GOOD_DIE: "good die", wafer_paper.GONE: "removed, or noise"},
    source=twelve.source,
)

# %% [markdown]
# DBI (smaller is better), DI, CH and GDI (larger) judge $K$ clusters $C_1$ to $C_K$ of $n$ dies by distances alone (the paper's
# Eqs. (19) to (22)):
#
# $$
# \begin{aligned}
# \mathrm{DBI} &= \frac{1}{K} \sum_i \max_{j \ne i} \frac{\mathrm{Avg}_i + \mathrm{Avg}_j}{\lVert \mu_i - \mu_j \rVert} \\[4pt]
# \mathrm{DI} &= \frac{\min_{i \ne j} d_{\min}(C_i, C_j)}{\max_i \mathrm{diam}_i} \\[4pt]
# \mathrm{CH} &= \frac{\sum_i |C_i|\, \lVert \mu_i - \mu \rVert^2 / (K - 1)}
# {\sum_i \sum_{x \in C_i} \lVert x - \mu_i \rVert^2 / (n - K)} \\[4pt]
# \mathrm{GDI} &= \frac{\min_{i \ne j} d_{\min}(C_i, C_j)}{\max_i \Delta_i}
# \end{aligned}
# $$ (eq-cluster-indices)
#
# $\mathrm{Avg}_i$ is the mean and $\mathrm{diam}_i$ the largest distance between two dies of cluster $i$, $\Delta_i$ twice the
# mean distance to its centre $\mu_i$; $\mu$ is the centre of all dies, and $d_{\min}$ the distance of the nearest dies of two
# clusters. The spread in DBI and both parts of GDI are our reading. DI and GDI look at the nearest dies of two clusters. NPFC
# never parts what touches, K-means often does, so NPFC wins these two almost by construction. CH rewards round, equal groups,
# which is what K-means makes. {numref}`tbl-clustering-12` has the four for each map.

# %% mystnb={"table": {"name": "tbl-clustering-12", "caption": "The paper's Table 5 with our 12 maps: the four indices of K-means and of NPFC. Bold: the better of the two. A dash: fewer than two clusters."}} tags=["nbval-ignore-output"]
GROUPS = ("internal", "die")


def true_k(maps) -> pd.DataFrame:
    """Return the rows of K-means with the true number of clusters."""
    parts = []
    for k in sorted(maps.table.n_patterns.unique()):
        at = np.flatnonzero(maps.table.n_patterns == k)
        run = Comparator(partial(COMPARATORS["K-means"].run, k=int(k)))
        parts.append(
            judge_maps(maps.subset(at), {"K-means, true k": run}, GROUPS, n_jobs=n_jobs)
        )
    return pd.concat([part.assign(map=part["map"].astype(str)) for part in parts])


def judged(maps) -> pd.DataFrame:
    """Return the rows of all methods and controls."""
    rows = [judge_maps(maps, CLUSTERINGS, GROUPS, n_jobs=n_jobs)]
    rows += [true_k(maps)] if drawn.has_counts else []
    rows += [judge_truth(maps)] if drawn.has_truth else []
    return pd.concat([part.assign(map=part["map"].astype(str)) for part in rows])


of_twelve, of_many = judged(twelve), judged(many)
table5 = one_by_one(of_twelve, INDICES, ("K-means", "NPFC"))
HTML(wafer_tables.pairs(table5, INDICES, name="table5").to_html())

# %% [markdown]
# ## The paper's Figure 10: the 110 maps
#
# {numref}`fig-paper-10` counts maps; the averages follow in {numref}`tbl-clustering-controls`.

# %% mystnb={"figure": {"name": "fig-paper-10", "caption": "The paper's Figure 10: on how many of the 110 maps each has the better index. Left: the paper's comparison, with all dies for K-means. Middle: with the dies that NPFC keeps. Right, where they are known: against the true patterns. An index that prefers NPFC's clusters to the truth on many maps does not measure whether patterns are found."}} tags=["nbval-ignore-output"]
KEPT, MERGE = "K-means, NPFC's dies", "√8 merge, ≥ 15"
RIVALS = ["K-means", KEPT, *["K-means, true k"] * drawn.has_counts, MERGE, "DBSCAN(√2, 3)"]
RIVALS += ["the truth"] * drawn.has_truth
better = {rival: times_better(of_many, "NPFC", rival, INDICES) for rival in RIVALS}
wafer_paper.better_counts(
    {
        f"against {rival}": better[rival]
        for rival in ("K-means", KEPT, "the truth" if drawn.has_truth else MERGE)
    },
    len(many),
    source=many.source,
)

# %% [markdown]
# In the means of {numref}`tbl-clustering-controls` infinite and undefined values are left out; "defined" counts the maps with
# two clusters or more. The die scores (formula {eq}`eq-die-scores` of [](23_filtering_compared)) judge by the truth which dies
# are kept: K-means keeps all, like doing nothing.

# %% mystnb={"table": {"name": "tbl-clustering-controls", "caption": "Means over this page's 110 maps, with the controls (grey): the four indices and, where the truth is known, the die scores. Bold: the best of the column."}} tags=["nbval-ignore-output"]
scores = [*INDICES, *(DIE_SCORES if drawn.has_truth else ())]
means, missing = averages(of_many, scores), left_out(of_many, scores)
HTML(
    wafer_tables.methods(
        means.assign(defined=len(many) - missing.di).rename_axis(index=None),
        INDICES | DIE_SCORES,
        name="table5controls",
        controls=[m for m in means.index if m not in ("K-means", "NPFC")],
    ).to_html()
)

# %% tags=["remove-cell", "nbval-ignore-output"]
own = {
    "source": many.source,
    "rule": drawn.rule,
    "fingerprint": many.fingerprint[:16],
    "nums": [r.num for r in results_of_many],
    "table4": table4,
    "table5": table5,
    "means": means,
    "missing": missing,
    "better": better,
    "better_12": times_better(of_twelve, "NPFC", "K-means", INDICES),
    "right": right_table,
}
book.glue("clustering", to_plain(own))
usual = (dataset, rule, seed) == ("twin", "two groups", 0)
runs, _ = beside_records(
    own,
    book.recorded,
    "24_clustering_compared",
    "clustering",
    dataset=None if usual else str(dataset),
)

# %% [markdown]
# ### All data sets
#
# {numref}`tbl-clustering-110` adds the real maps.

# %% mystnb={"table": {"name": "tbl-clustering-110", "caption": "The paper's Figure 10 as a table: averages over the 110 maps of each data set, and on how many of them each of the two has the better index."}} tags=["nbval-ignore-output"]
HTML(
    wafer_tables.summary(
        {name: (run["means"], run["better"]["K-means"]) for name, run in runs.items()},
        INDICES,
        name="figure10",
        average="average of 110 maps",
    ).to_html()
)

# %% [markdown]
# ## Claim by claim
#
# {numref}`tbl-clustering-claims` has what the paper says, and what comes out by the same counts; below that, what it does
# not count.


# %% mystnb={"table": {"name": "tbl-clustering-claims", "caption": "The paper's statements on the number and the quality of clusters, and the same counts on our 110 and 12 maps of each data set. A dash: the paper says nothing."}} tags=["hide-input", "nbval-ignore-output"]
def counts(run: dict) -> dict[str, str]:
    """Return the lines of the table of claims for one data set."""
    right, few, num = run["right"], run["better_12"], run["table4"].Num
    lines = {"Table 4: Num is 2": f"{(num == 2).sum()} of 12"}
    for text, column, n in (
        ("Table 4: Num is right", "the 12", 12),
        ("the 110: Num is right", "the 110", 110),
    ):
        known = right is not None
        lines[text] = f"{right.loc['NPFC', column]} of {n}" if known else "not known"
    for s in INDICES:
        lines[f"Table 5: better {s.upper()} than K-means"] = f"{few.loc[s, 'NPFC']} of 12"
    for s in INDICES:
        won = run["better"]["K-means"].loc[s, "NPFC"]
        lines[f"Fig. 10: better {s.upper()} than K-means"] = f"{won} of 110"
    lines["the 110: Num is 2"] = f"{run['nums'].count(2)} of 110"
    for name in ("always 2", MERGE, "NPFC, practical mode"):
        lines[f"the 110: right number by {name}"] = (
            "not known" if right is None else f"{right.loc[name, 'the 110']} of 110"
        )
    for rival in (KEPT, MERGE, "the truth"):
        for s in ("di", "ch"):
            table = run["better"].get(rival)
            lines[f"the 110: {s.upper()} better / worse than {rival}"] = (
                "no truth"
                if table is None
                else f"{table.loc[s, 'NPFC']} / {table.loc[s, rival]}"
            )
    return lines


CLAIMS = {
    "Table 4: Num is 2": "11 of 12, not (c)",
    "Table 4: Num is right": "12 of 12",
    "the 110: Num is right": "“meets the expected requirements”",
    **{
        f"Table 5: better {s} than K-means": "“absolute advantage”"
        for s in ("DBI", "DI", "GDI")
    },
    "Table 5: better CH than K-means": "“similarly”",
    **{f"Fig. 10: better {s.upper()} than K-means": "“outperforms”" for s in INDICES},
}
claims = pd.DataFrame({name: counts(run) for name, run in runs.items()})
claims.insert(0, "the paper", claims.index.map(CLAIMS).fillna("–"))
HTML(
    wafer_tables.plain(claims.rename_axis("NPFC, maps"), name="claims24", words=True).to_html()
)

# %% tags=["remove-cell", "nbval-ignore-output"]
KEYS = {"twin": "twin", **{name: key for key, name in DATA_SETS.items()}, "these maps": "own"}
SHORT = {
    "K-means": "kmeans",
    KEPT: "kmeans_kept",
    "K-means, true k": "kmeans_true",
    "the truth": "truth",
    MERGE: "merge15",
    "DBSCAN(√2, 3)": "dbscan",
    "NPFC": "npfc",
    "NPFC, and the clusters are the patterns": "matched",
    "NPFC by the silhouette alone": "silhouette",
    "always 2": "always2",
    "NPFC, practical mode": "practical",
}
for name, run in runs.items():
    key = KEYS[name]
    for rival, table in run["better"].items():
        for score in table.index:
            book.glue(f"t5_{key}_{score}_over_{SHORT[rival]}", int(table.loc[score, "NPFC"]))
            book.glue(f"t5_{key}_{score}_under_{SHORT[rival]}", int(table.loc[score, rival]))
    book.glue(f"t4_{key}_two", run["nums"].count(2))
    if run["right"] is not None:
        for method, line in run["right"].iterrows():
            book.glue(f"t4_{key}_{SHORT[method]}", int(line["the 110"]))
won = [run["better"]["K-means"] for run in runs.values()]
for score in INDICES:
    book.glue(f"t5_least_{score}", int(min(table.loc[score, "NPFC"] for table in won)))
    book.glue(f"t5_most_{score}", int(max(table.loc[score, "NPFC"] for table in won)))
known = [run["right"]["the 110"] for run in runs.values() if run["right"] is not None]
beaten = all(column["NPFC"] <= column["always 2"] for column in known)
book.glue("t4_claim", "does not hold" if beaten else "holds in part")
book.glue("t5_n_data", len(runs))
book.glue(
    "t5_holds", "holds" if min(t.loc["di", "NPFC"] for t in won) >= 99 else "does not hold"
)
book.glue(
    "t5_dbi", "holds" if min(t.loc["dbi", "NPFC"] for t in won) >= 99 else "does not hold"
)

# %% [markdown]
# **The number.** On the twin, where two patterns are as frequent as among the paper's twelve, Num is right on
# {glue:text}`t4_twin_npfc` of 110 maps, and always saying two on {glue:text}`t4_twin_always2`. On MixedWM38, where a third
# each has two, three and four, it is {glue:text}`t4_mixedwm38_npfc` against {glue:text}`t4_mixedwm38_always2`. NPFC says
# two on {glue:text}`t4_twin_two` and {glue:text}`t4_mixedwm38_two` of the maps. Number and clusters are right on
# {glue:text}`t4_twin_matched` of the twin's 110 {claim}`npfc-arbitrary-shapes`. That NPFC finds the number, better than an
# answer that does not look at the map, **{glue:text}`t4_claim`** {claim}`npfc-num-of-110`. The paper's twelve have two
# patterns with one exception, so always saying two is right on eleven of them; they cannot show the difference
# {claim}`npfc-num-of-12`. More maps: [](33_on_many_maps).
#
# **K-means.** By DI NPFC is better on {glue:text}`t5_least_di` to {glue:text}`t5_most_di` of 110 maps in the
# {glue:text}`t5_n_data` data sets, by GDI on {glue:text}`t5_least_gdi` to {glue:text}`t5_most_gdi`: the "absolute
# advantage" **{glue:text}`t5_holds`**, if that means nine maps of ten in each {claim}`npfc-kmeans-di-gdi`. By DBI, on
# {glue:text}`t5_least_dbi` to {glue:text}`t5_most_dbi`, it **{glue:text}`t5_dbi`** {claim}`npfc-kmeans-dbi`. By CH it is
# {glue:text}`t5_least_ch` to {glue:text}`t5_most_ch`; the paper calls the two similar {claim}`npfc-kmeans-ch`. Of all four
# together it says that NPFC outperforms K-means {claim}`npfc-figure10`, and, in its conclusion, that the results are
# consistent {claim}`npfc-consistently-superior`.
#
# **What changes with the controls.** Against the plain rule (√8 merge, 15 dies) NPFC is better on
# {glue:text}`t5_twin_di_over_merge15` and worse on {glue:text}`t5_twin_di_under_merge15` of the twin's 110 maps by DI, and
# on {glue:text}`t5_wm811k_di_over_merge15` and {glue:text}`t5_wm811k_di_under_merge15` of those of WM-811K; on the others
# they are equal, or one of them has a single cluster. And the indices call NPFC's clusters better than the **true
# patterns** on {glue:text}`t5_twin_dbi_over_truth` (DBI), {glue:text}`t5_twin_di_over_truth` (DI),
# {glue:text}`t5_twin_ch_over_truth` (CH) and {glue:text}`t5_twin_gdi_over_truth` (GDI) of 110 maps. So a higher index is
# no evidence that the patterns were found {claim}`npfc-indices-quality`.
#
# ## The paper's Tables 4 and 5 on real maps
#
# The values of single maps are folded away: {numref}`tbl-clustering-real`.

# %% mystnb={"table": {"name": "tbl-clustering-real", "caption": "The paper's Tables 4 and 5 with 12 maps of each real data set."}} tags=["hide-output", "nbval-ignore-output"]
HTML(
    "".join(
        f"<p><b>{name}: Table 4</b></p>{show_table4(run['table4'], f'table4{KEYS[name]}')}"
        f"<p><b>{name}: Table 5</b></p>"
        + wafer_tables.pairs(run["table5"], INDICES, name=f"table5{KEYS[name]}").to_html()
        for name, run in runs.items()
        if name != "twin"
    )
    or "no records of other data at hand"
)
