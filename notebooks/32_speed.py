# %% [markdown]
# # How fast it is
#
# Each long step was timed beside the way in which a user would write it with the usual libraries, in one run on one
# machine. What counts is the ratio: seconds change from machine to machine, and even ratios change somewhat. The scripts
# are in `benchmarks/`; what they measured is in `results/` ({numref}`tbl-speed-runs`). Nothing is timed here.

# %% tags=["parameters"]
records = {
    "training": "sem_train_time",
    "baselines": "sem_baselines_time",
    "store": "sem_store_time",
    "wafer maps": "wm811k_load",
    "NPFC": "npfc_time",
}

# %% mystnb={"table": {"name": "tbl-speed-runs", "caption": "Where the times come from: the date, commit and machine of each script, and its result."}} tags=["hide-input"]
# On Colab only: install semlib. Its requirements are lower bounds, so Colab keeps its own torch and numpy.
import importlib.util
import subprocess
import sys

if "google.colab" in sys.modules and importlib.util.find_spec("semlib") is None:
    source = "semlib @ git+https://github.com/OWNER/semlib@v0.1.0"
    subprocess.run([sys.executable, "-m", "pip", "install", "-q", source], check=True)

import pandas as pd

from semlib import book
from semlib.plots import speed
from semlib.plots.style import use_style

use_style()
found = {what: book.recorded(name) for what, name in records.items()}
missing = [records[what] for what, record in found.items() if record is None]
if missing:
    raise FileNotFoundError(
        f"results/{missing[0]}.json is not here; clone the repository, which holds it"
    )
train, baselines, store, maps, npfc = (record["values"] for record in found.values())
pd.DataFrame(
    {
        what: {key: record["provenance"][key] for key in ("date", "commit")}
        | record["provenance"]["machine"]
        | {"script's result": f"results/{records[what]}.json"}
        for what, record in found.items()
    }
).T

# %% [markdown]
# ## Against the plain way
#
# {numref}`fig-speed` draws the ratios, and {numref}`tbl-speed-ratios` has the times behind them.

# %% tags=["remove-cell"]
rows = {}


def add(
    step: str, group: str, ratio: float, ours: str, plain: str, peak_mb: float | None
) -> None:
    """Keep one line of the table."""
    memory = "–" if peak_mb is None else f"{peak_mb:,.0f} MB"
    rows[step] = {
        "group": group,
        "ratio": ratio,
        "ours": ours,
        "plain": plain,
        "memory": memory,
    }


size = f"{train['size']}²"
for name, plain in (
    ("fit, float32", "plain loop, float32"),
    ("fit, bf16", "plain loop, float32"),
    ("embed, float32", "plain embedding, float32"),
    ("embed, bf16", "plain embedding, float32"),
):
    mine = train[name]
    add(
        f"{name}, {size}",
        "network",
        mine["times_the_plain_way"],
        f"{mine['images_per_s']:.0f} images/s",
        f"{train[plain]['images_per_s']:.0f} images/s, PyTorch (NCHW, float32)",
        mine["peak_mb"],
    )
libraries = {"GLCM": "scikit-image", "LBP": "scikit-image", "Wavelet": "PyWavelets"}
libraries["PCA"] = "scikit-learn, full SVD"
for method, library in libraries.items():
    whole = baselines["rows"][f"{method}, all"]
    alone = baselines["rows"][f"{method}, plain"]
    add(
        f"{method}, {baselines['jobs']} jobs",
        "baselines",
        baselines["times_plain, jobs"][method],
        f"{whole['images_per_s']:.0f} images/s ({whole['images']:,.0f} images)",
        f"{alone['images_per_s']:.0f} images/s, {library} ({alone['images']:,.0f} images)",
        whole["peak_mb"],
    )
few = baselines["rows"]["PCA, randomised"]
add(
    "PCA, against randomised",
    "baselines",
    baselines["times_randomised_PCA"],
    f"{baselines['rows']['PCA, few']['images_per_s']:.0f} images/s ({few['images']:,.0f} images)",
    f"{few['images_per_s']:.0f} images/s, scikit-learn, randomised ({few['images']:,.0f} images)",
    baselines["rows"]["PCA, few"]["peak_mb"],
)
add(
    "crop and resize, one job",
    "data",
    1 / store["one_job_over_skimage"],
    f"{1e3 / store['one_job_ms_per_image_and_core']:.0f} images/s",
    f"{1e3 / store['skimage_ms_per_image']:.0f} images/s, scikit-image",
    store["one_job_peak_mb"],
)
steps = maps["steps"]
for step, ratio, ours, plain in (
    ("WM-811K, first time", "first time", "convert", "pandas_opened"),
    ("WM-811K, opened again", "open", "opened", "pandas_opened"),
    ("WM-811K, every map read", "read every map", "all_maps", "pandas_all_maps"),
):
    add(
        step,
        "data",
        maps["seconds_pandas_over_ours"][ratio],
        f"{steps[ours]['seconds']:.2g} s",
        f"{steps[plain]['seconds']:.2g} s, pandas ({steps[plain]['peak_GB']:.1f} GB)",
        1e3 * steps[ours]["peak_GB"],
    )
table = pd.DataFrame(rows).T.astype({"ratio": float})

# %% mystnb={"figure": {"name": "fig-speed", "caption": "How many times as fast as the plain way each step is (logarithmic). Right of the line: faster. For the baselines both ways had the same few hundred images, and gave the same features; a full SVD of all images does not fit into memory. Reading the WM-811K file for the first time is slower than pandas: it is unpacked without running its pickle, and kept so that it opens at once from then on."}}
speed.ratios(
    table, source="results/ of the scripts in benchmarks/; twin images, full-size WM-811K"
)

# %% mystnb={"table": {"name": "tbl-speed-ratios", "caption": "Each step beside the plain way: the ratio of the times, and both times."}} tags=["hide-input"]
shown = table.drop(columns="group").rename(
    columns={
        "ratio": "times as fast",
        "plain": "the plain way",
        "memory": "peak memory of ours",
    }
)
shown["times as fast"] = shown["times as fast"].map(lambda x: f"{float(f'{x:.2g}'):g}")
shown

# %% tags=["remove-cell"]
book.glue("speed_fit", train["fit, bf16"]["times_the_plain_way"])
book.glue("speed_fit32", train["fit, float32"]["times_the_plain_way"])
book.glue("speed_share", train["fit, bf16"]["share_of_peak"])
book.glue("speed_share32", train["fit, float32"]["share_of_peak"])
book.glue("speed_peak", train["peak bf16 GFLOP/s"])
book.glue("speed_peak32", train["peak float32 GFLOP/s"])
book.glue("speed_epochs_minutes", 15 * 4576 / train["fit, bf16"]["images_per_s"] / 60)
book.glue("speed_threads", train["threads"])
book.glue("speed_baselines", baselines["all_four_seconds"])
book.glue("speed_baselines_n", baselines["n"])
book.glue("speed_npfc_jobs", npfc["jobs"])
book.glue("speed_baselines_mb", baselines["all_four_peak_mb"])
book.glue("speed_glcm_matrices", baselines["glcm_ms_per_image"]["matrices"])
book.glue("speed_glcm_properties", baselines["glcm_ms_per_image"]["properties"])
book.glue("speed_pca_difference", baselines["largest_difference_to_plain"]["PCA"])
book.glue("speed_npfc", npfc["one_process_ms_per_map"])
book.glue("speed_npfc_maps", npfc["maps"])
book.glue("speed_npfc_seconds", npfc["npfc_many_seconds"])

# %% [markdown]
# ## Where the time goes
#
# **Training.** In bfloat16 `fit` is {glue:text}`speed_fit:.1f` times as fast as the plain loop, in float32
# {glue:text}`speed_fit32:.1f` times. The paper's 15 epochs of 4,591 images take about {glue:text}`speed_epochs_minutes:.0f`
# minutes a seed on the {glue:text}`speed_threads` cores used. Together three things make the difference: `channels_last`,
# bfloat16, and memory that is kept between steps instead of being fetched anew from the system, which clears each page
# first.
#
# Of what a matrix product reaches on the same cores in the same precision ({glue:text}`speed_peak:.0f` GFLOP/s in bfloat16,
# {glue:text}`speed_peak32:.0f` in float32), training uses {glue:text}`speed_share:.0%` in bfloat16 and
# {glue:text}`speed_share32:.0%` in float32. The rest is not arithmetic: batch normalisation and ReLU read and write
# the large outputs of the first layers several times, forwards and backwards, and the first layer has one channel only.
#
# **Baselines.** All four take {glue:text}`speed_baselines:.0f` seconds for {glue:text}`speed_baselines_n:,` images at 512×512, and at most
# {glue:text}`speed_baselines_mb:.0f` MB beside the images. A GLCM's matrices take {glue:text}`speed_glcm_matrices:.1f` ms an
# image, its properties {glue:text}`speed_glcm_properties:.1f` ms. PCA is exact, though it reads the images in pieces: its
# features differ from those of a full SVD by {glue:text}`speed_pca_difference:.0e` at most.
#
# No GPU was at hand: what a training takes there is not measured.

# %% [markdown]
# ## NPFC, and the paper's O(n)
#
# The paper says of its complexity that it is O(n) (section 3.3.3). As described it is not: the silhouette and mDist need
# the distances of all pairs of dies. Here no pair is visited one by one: a run of dies in a row adds its sum of distances
# to 8 places at once, from a table; on large maps what is far away is summed through a few points of each tile
# {cite}`fong2009`, to a part in a thousand million. Measured are real maps, beside scikit-learn's DBSCAN in the same run,
# which does a part of the same work (the preliminary clusters; {numref}`tbl-speed-real`); and maps of the twin of growing size,
# by time ({numref}`fig-speed-growth`) and by memory ({numref}`tbl-speed-memory`).

# %% mystnb={"table": {"name": "tbl-speed-real", "caption": "Time of NPFC on real maps, beside scikit-learn's DBSCAN alone in the same run."}} tags=["hide-input"]
real = pd.DataFrame(npfc["rows"]).T
pd.DataFrame(
    {
        "maps": real["maps"].map("{:,.0f}".format),
        "cells a map": real["cells_per_map"].map("{:,.0f}".format),
        "defects a map": real["defects_per_map"].map("{:,.0f}".format),
        "NPFC, µs a map": real["brief_us_per_map"].map("{:,.0f}".format),
        "DBSCAN alone, µs a map": real["dbscan_us_per_map"].map("{:,.0f}".format),
        "times as fast as DBSCAN": real["times_dbscan"].map("{:.1f}".format),
        "NPFC with its account, µs a map": real["npfc_us_per_map"].map("{:,.0f}".format),
    }
)

# %% tags=["hide-input"]
twin = pd.DataFrame(npfc["twin"]["rows"]).T.sort_index(key=lambda sides: sides.astype(int))
sides = twin.index.astype(int)
growing = pd.DataFrame(
    {
        "NPFC": twin["brief_us_per_map"] / 1e3,
        "NPFC with its account": twin["npfc_us_per_map"] / 1e3,
        "NPFC as described, all pairs": twin["all_pairs_us_per_map"] / 1e3,
        "DBSCAN alone": twin["dbscan_us_per_map"] / 1e3,
    }
).set_axis(sides**2)

# %% mystnb={"figure": {"name": "fig-speed-growth", "caption": "Time of NPFC by the size of the map (maps of the synthetic twin, two patterns, 5 % noise), compiled and as the paper describes it (all pairs of dies, NumPy, up to 300²), beside scikit-learn's DBSCAN alone and a line that grows as the number of cells, which is what the paper claims."}}
speed.growth(growing, linear_at="NPFC", source="synthetic twin; results/npfc_time.json")

# %% mystnb={"table": {"name": "tbl-speed-memory", "caption": "Memory that NPFC takes on maps of the twin of growing size, in megabytes, and for each cell of the map in bytes."}} tags=["hide-input"]
memory = pd.DataFrame(
    {"NPFC": npfc["peak_mb"], "NPFC with its account": npfc["peak_mb_with_account"]}
).sort_index(key=lambda sides: sides.astype(int))
cells = memory.index.astype(int) ** 2
memory.set_axis([f"{side}²" for side in memory.index]).assign(
    **{"NPFC, bytes a cell": 2**20 * memory["NPFC"].to_numpy() / cells}
).round(1)

# %% tags=["remove-cell"]
exponents = npfc["twin"]["exponent_of_cells"]
everything = npfc["WM-811K, all cores"]
first = npfc["first_call_seconds"]
at_once = next(key for key in first if "at once" in key)
book.glue("speed_npfc_exponent", exponents["brief"])
book.glue("speed_npfc_exponent_300", exponents["brief, to 300"])
book.glue("speed_npfc_exponent_account", exponents["with account"])
book.glue("speed_dbscan_exponent", exponents["dbscan"])
book.glue("speed_npfc_exponent_described", exponents["all pairs, as described"])
book.glue("speed_npfc_smallest", int(sides.min()))
book.glue("speed_npfc_largest", int(sides.max()))
book.glue("speed_npfc_large_ms", float(growing["NPFC"].iloc[-1]))
book.glue("speed_npfc_wm_us", float(real.loc["WM-811K", "brief_us_per_map"]))
book.glue("speed_npfc_wm_times", float(real.loc["WM-811K", "times_dbscan"]))
book.glue("speed_npfc_mixed_times", float(real.loc["MixedWM38", "times_dbscan"]))
book.glue("speed_npfc_all_maps", everything["extrapolated_maps"])
book.glue("speed_npfc_all_seconds", everything["extrapolated_seconds"])
book.glue("speed_npfc_from_maps", everything["maps"])
book.glue("speed_npfc_memory_times", float(memory["NPFC"].iloc[-1] / memory["NPFC"].iloc[0]))
book.glue("speed_npfc_memory_cells", float(cells[-1] / cells[0]))
book.glue("speed_npfc_first", first["compiled"])
book.glue("speed_npfc_kept", first["kept"])
book.glue("speed_npfc_at_once", first[at_once])

# %% [markdown]
# **Growth.** From {glue:text}`speed_npfc_smallest`² to {glue:text}`speed_npfc_largest`² the time grows as the number of
# cells to the power of {glue:text}`speed_npfc_exponent:.2f` (up to 300²: {glue:text}`speed_npfc_exponent_300:.2f`; with
# the account of every cluster {glue:text}`speed_npfc_exponent_account:.2f`; DBSCAN {glue:text}`speed_dbscan_exponent:.2f`
# {claim}`npfc-dbscan-quadratic`). The paper's O(n) is a power of 1. As described, with the distances of all pairs (in NumPy,
# up to 300²), it is {glue:text}`speed_npfc_exponent_described:.2f` {claim}`npfc-time-linear`. The largest map takes
# {glue:text}`speed_npfc_large_ms:.0f` ms, compiled.
#
# **Memory.** {glue:text}`speed_npfc_memory_cells:.0f` times the cells take {glue:text}`speed_npfc_memory_times:.1f` times
# the memory: no matrix of distances is held {claim}`npfc-space-linear`.
#
# **Many maps.** On WM-811K a map takes {glue:text}`speed_npfc_wm_us:.0f` µs on one core, with the checks, the labels and
# the filtered map; DBSCAN alone takes {glue:text}`speed_npfc_wm_times:.1f` times as long, on MixedWM38
# {glue:text}`speed_npfc_mixed_times:.1f` times {claim}`npfc-cheaper-than-dbscan`. All {glue:text}`speed_npfc_all_maps:,`
# maps of WM-811K would take {glue:text}`speed_npfc_all_seconds:.0f` seconds with {glue:text}`speed_npfc_jobs` jobs:
# extrapolated from {glue:text}`speed_npfc_from_maps:,` of them. With the account of every cluster
# {glue:text}`speed_npfc_maps:,` maps of MixedWM38 take {glue:text}`speed_npfc_seconds:.0f` seconds; its numbers alone
# {glue:text}`speed_npfc:.2f` ms a map in one process.
#
# **First call.** The loops are compiled on the first call, in {glue:text}`speed_npfc_first:.1f` seconds, and kept on the disk:
# a later process begins in {glue:text}`speed_npfc_kept:.2f` seconds. Of four processes that begin at once without kept code
# the slowest takes {glue:text}`speed_npfc_at_once:.1f` seconds.
