# %% [markdown]
# # Does filtering help?
#
# [![Open in Colab](../book/images/colab.svg)](https://colab.research.google.com/github/OWNER/semlib/blob/v0.1.0/notebooks/29_does_filtering_help.ipynb)
#
# Noise on wafer maps, says paper 2, makes it "difficult to identify the real defect pattern types"; "therefore, it is
# necessary to filter the wafer map" (section 1). It measures filters and clusters, and recognises nothing. This page does:
# a classifier names **the combination of patterns** on a map, once on raw maps and once on the maps that each filter
# leaves. Everything else stays the same.
#
# **In short.** Two data sets, two classifiers, all training maps or a tenth, once with more noise:
# {glue:text}`rec_npfc_cases` cases. NPFC helps in
# {glue:text}`rec_npfc_helps`, hurts in {glue:text}`rec_npfc_hurts`; in {glue:text}`rec_npfc_idle` it is shown to gain less
# than {glue:text}`recognition_margin` of macro F1, and in {glue:text}`rec_npfc_open` nothing is shown. Most often helps:
# {glue:text}`rec_top_filter`, in {glue:text}`rec_top_helps`.

# %% tags=["parameters"]
profile = "quick"  # "quick", "trial" or "paper": see the reading guide
dataset = (
    "synthetic"  # "synthetic", "mixedwm38", or the path of a file of labelled maps of one size
)
seed = 0  # of the twin's maps
n_seeds = 3  # trainings of each classifier on each filter's maps
added_noise = 0  # share of the good dies made defective in a third setting; 0: there is none
n_jobs = 1  # processes that filter

# %% tags=["hide-input"]
# On Colab only: install semlib. Its requirements are lower bounds, so Colab keeps its own torch and numpy.
import importlib.util
import subprocess
import sys

if "google.colab" in sys.modules and importlib.util.find_spec("semlib") is None:
    source = "semlib @ git+https://github.com/OWNER/semlib@v0.1.0"
    subprocess.run([sys.executable, "-m", "pip", "install", "-q", source], check=True)

import time

import numpy as np
import pandas as pd

from semlib import book
from semlib.plots import wafer_recognition as plots
from semlib.plots.style import use_style
from semlib.wafer.data import open_maps
from semlib.wafer.recognition import (
    FILTERS,
    NetConfig,
    Setting,
    balanced_twin,
    filter_maps,
    from_record,
    recognise,
    split_parts,
    to_record,
    turned_groups,
    twin_combinations,
)
from semlib.wafer.recognition_scores import MARGIN

use_style()
small = profile == "quick"
train, validation, test = {"quick": (12, 6, 12), "trial": (100, 30, 150)}.get(
    profile, (200, 50, 150)
)

# %% [markdown]
# ## The maps
#
# Classes are combinations of patterns, "none" among them. Of each we draw equally many maps, as far as they go. MixedWM38
# has 38 classes. The twin has the 36 of them that it can make, half of its maps with 5 % noise and half with 20 %.

# %%
if dataset == "synthetic":
    sets = twin_combinations(1 if small else 4)
    maps, noise = balanced_twin({"quick": 40, "trial": 400}.get(profile, 500), sets, seed=seed)
    rows = np.arange(len(maps))
else:
    opened = open_maps(dataset)
    rows = np.unique(opened.content_groups(), return_index=True)[1]  # without copies
    maps, noise = opened.subset(rows), None
maps

# %% [markdown]
# A test is fair only if no test map was seen in training. Parts are therefore drawn by content: equal maps stay together,
# and so do maps that are equal after a turn or in a mirror, because training turns and mirrors. {numref}`tbl-recognition-split`
# counts them.

# %% mystnb={"table": {"name": "tbl-recognition-split", "caption": "Maps of this run by part, and how many of them would be in two parts at once (equal, turned or mirrored): none may."}}
groups = turned_groups(np.stack(list(maps)))
classes = np.unique(maps.patterns, axis=0, return_inverse=True)[1].ravel()
parts = split_parts(groups, classes, (train, validation, test), seed=0)
pd.Series(
    {
        "maps": len(maps),
        "different ones": len(np.unique(groups)),
        "classes": int(classes.max() + 1),
        "training maps": len(parts.train),
        "validation maps": len(parts.validation),
        "test maps": len(parts.test),
        "in training and test": len(np.intersect1d(groups[parts.train], groups[parts.test])),
        "in validation and test": len(
            np.intersect1d(groups[parts.validation], groups[parts.test])
        ),
    },
    name="number",
).to_frame()

# %% [markdown]
# ## Filters, classifiers, settings
#
# **Filters**, all with their default parameters, none chosen by what comes out here: the 3×3 median, DBSCAN(√2, 3), NPFC as
# in the paper, NPFC's practical mode, adjacency clustering (u = 0.2), and the plain control: join what is at most √8 apart,
# keep groups of 15 dies or more. And raw maps.
#
# **Classifiers.** A small convolutional network, and, so that the answer does not hang on one kind of model, a random
# forest on densities by radius and angle. The network's training is the same for every filter: the same rate, the same
# number of epochs, maps turned and mirrored at random. The epoch with the best macro F1 on the validation maps counts;
# test maps have no part in it.
#
# **Settings.** All training maps; a tenth of them, since filtering is said to help most where data are few; and, recorded on
# MixedWM38 with the network alone, that tenth with 10 % of the good dies made defective in all maps, of training and test,
# before they are filtered. The twin has two levels of noise by itself.
#
# {numref}`tbl-recognition-settings` has the settings of this run. A seed draws the training and validation maps, the first
# weights and the order of the maps. The test maps are the same in
# all runs.

# %% mystnb={"table": {"name": "tbl-recognition-settings", "caption": "The settings of this run: maps of each class by part, share of good dies made defective, and epochs."}}
config = NetConfig(channels=(16, 32, 64, 96), epochs=8, batch_size=16) if small else NetConfig()
ALL, FEW, NOISY = (
    "all training maps",
    "a tenth of them",
    f"a tenth, {added_noise:.0%} noise added",
)
few = (max(2, train // 10), max(1, validation // 10))
settings = {
    ALL: Setting(train, validation, test),
    FEW: Setting(*few, test, epochs=40),
}
if added_noise:
    settings[NOISY] = Setting(*few, test, noise=added_noise, epochs=40)
if small:
    settings = {ALL: settings[ALL]}  # for the sake of time
pd.DataFrame({name: vars(setting) for name, setting in settings.items()}).T.fillna(
    {"epochs": config.epochs}
)

# %% tags=["nbval-ignore-output"]
found = {
    name: recognise(
        maps,
        setting,
        models=("network",) if name == NOISY else ("network", "forest"),
        seeds=range(n_seeds),
        config=config,
        trees=20 if small else 100,
        n_jobs=n_jobs,
    )
    for name, setting in settings.items()
}
records = {
    name: to_record(one, resamples=200 if small else 1000) for name, one in found.items()
}
for name, one in found.items() if noise is not None else ():
    records[name]["by_noise"] = {}  # of the twin's network
    for level in np.unique(noise):
        part = one.at(noise[one.test] == level).by_class().mean(axis=1)
        records[name]["by_noise"][f"{level:.0%}"] = part.round(5).to_dict()

# %% [markdown]
# Examples: test maps that the network of **every** seed has right on raw maps and wrong after the filter ("lost"), or the
# reverse ("won"). {numref}`tbl-recognition-changed-quick` counts them.


# %% mystnb={"table": {"name": "tbl-recognition-changed-quick", "caption": "Test maps of this run that the network of every seed has right on raw maps and wrong after the filter (lost), or the reverse (won)."}} tags=["nbval-ignore-output"]
def to_text(wafer_map: np.ndarray) -> list[str]:
    """Write a map as a digit each die, so that a record can hold it."""
    return ["".join(map(str, row)) for row in wafer_map.tolist()]


def name_of(one, number: int) -> str:
    return " + ".join(one.classes[number]) or "none"


def examples_of(one, name: str, most: int) -> list[dict]:
    """Return up to ``most`` maps lost and as many won; of real maps the row in the file only."""
    found_ones = []
    for kind, places in zip(("lost", "won"), one.disagreements(name), strict=True):
        step = max(1, len(places) // most)
        for place in places[::step][:most]:
            said = {
                key: name_of(one, np.bincount(one.runs(which, "network")[:, place]).argmax())
                for key, which in (("raw", "raw"), ("filtered", name))
            }
            i = int(one.test[place])
            shown = to_text(maps[i]) if maps.is_synthetic else int(rows[i])
            truth = name_of(one, one.truth[place])
            found_ones.append({"kind": kind, "map": shown, "truth": truth, **said})
    return found_ones


examples = {
    name: examples_of(found[ALL], name, 4 if name == "NPFC" or not maps.is_synthetic else 2)
    for name in FILTERS
    if name != "raw"
}
pd.DataFrame(records[ALL]["changed"], index=["lost", "won"]).T

# %% [markdown]
# {numref}`tbl-recognition-price-quick` has the price of each filter, on one processor.

# %% mystnb={"table": {"name": "tbl-recognition-price-quick", "caption": "Processor time of each filter in this run."}} tags=["nbval-ignore-output"]
some = np.stack([maps[i] for i in parts.test[:: max(1, len(parts.test) // 100)][:100]])
price = {}
for name in FILTERS:
    filter_maps(some[:2], name)  # compiles what is compiled
    begin = time.process_time()
    filter_maps(some, name)
    price[name] = round(1000 * (time.process_time() - begin) / len(some), 4)
pd.Series(price, name="ms a map").drop("raw").to_frame()

# %% tags=["remove-cell", "nbval-ignore-output"]
book.glue("recognition_records", records)
book.glue("recognition_examples", examples)
book.glue("recognition_price", price)
book.glue("recognition_source", maps.source)
book.glue("recognition_n_seeds", n_seeds)
book.glue("recognition_n_classes", int(classes.max() + 1))
book.glue("recognition_sizes", [len(parts.train), len(parts.validation), len(parts.test)])

# %% [markdown]
# ## This run
#
# A small one, so that it ends soon: few maps, single patterns only, a smaller network, one setting
# ({numref}`fig-recognition-quick`).

# %% mystnb={"figure": {"name": "fig-recognition-quick", "caption": "Macro F1 of two recognisers after each filter, in this small run. A dot is a training, its line the 95 % interval over test maps; the bar is the mean of the seeds, the shade its interval over seeds and maps together. Dashed: raw maps. With so few maps and seeds the intervals are wide."}} tags=["nbval-ignore-output"]
this_run = {name: from_record(record) for name, record in records.items()}
plots.f1_by_filter(this_run[ALL].runs, this_run[ALL].filters, source=maps.source)

# %% [markdown]
# ## The recorded runs
#
# The same notebook at profile `trial`, on the half of MixedWM38 that we have and on the twin, kept with its provenance. All
# below is made from these records ({numref}`tbl-recognition-records`), where they are at hand and this run is the small one.

# %% mystnb={"table": {"name": "tbl-recognition-records", "caption": "The recorded runs: maps, classes, parts, seeds, and where they come from."}}
REAL, TWIN = "MixedWM38", "the twin"
at_hand = {
    title: book.recorded(f"29_does_filtering_help_{name}")
    for title, name in ((REAL, "mixedwm38"), (TWIN, "twin"))
}
if (profile, dataset) == ("quick", "synthetic"):
    runs = {title: record["values"] for title, record in at_hand.items() if record}
else:
    runs, at_hand = {}, {}
if not runs:
    runs = {
        TWIN if maps.is_synthetic else REAL: {
            "recognition_records": records,
            "recognition_examples": examples,
            "recognition_price": price,
            "recognition_source": maps.source,
            "recognition_sizes": [len(parts.train), len(parts.validation), len(parts.test)],
            "recognition_n_classes": int(classes.max() + 1),
            "recognition_n_seeds": n_seeds,
        }
    }


def in_order(setting: str) -> int:
    """Return where a setting comes; the noisy one is named by its share, which this run may not have."""
    return {ALL: 0, FEW: 1}.get(setting, 2)


shown = {
    title: {s: from_record(values["recognition_records"][s]) for s in settings_of}
    for title, values in runs.items()
    for settings_of in [sorted(values["recognition_records"], key=in_order)]
}
sources = {title: values["recognition_source"] for title, values in runs.items()}
about = {
    title: {
        "maps": sources[title],
        "classes": values["recognition_n_classes"],
        "training, validation, test maps": ", ".join(
            f"{size:,}" for size in values["recognition_sizes"]
        ),
        "seeds": values["recognition_n_seeds"],
    }
    for title, values in runs.items()
}
for title, record in at_hand.items():
    if record:
        made = record["provenance"]
        about[title] |= {
            "commit, date": f"{made['commit']}, {made['date']}",
            "processor": made["machine"]["cpu"],
        }
pd.DataFrame(about)

# %% [markdown]
# ### Do the classifiers recognise the patterns better?
#
# {numref}`fig-recognition-real` and {numref}`fig-recognition-twin` show the macro F1, the mean over the $K$ classes, each
# with the same weight, of their F1:
#
# $$
# \text{macro F1} = \frac{1}{K} \sum_{k=1}^{K} \frac{2\, n_{kk}}{n_{k\cdot} + n_{\cdot k}}
# $$ (eq-macro-f1)
#
# In {eq}`eq-macro-f1` $n_{k\cdot}$ test maps are of class $k$, $n_{\cdot k}$ were given it, and $n_{kk}$ are both.

# %% mystnb={"figure": {"name": "fig-recognition-real", "caption": "Macro F1 over the classes of MixedWM38, all training maps. A dot is a training, its line the 95 % interval over test maps; the bar is the mean of the seeds, the shade its interval over seeds and maps together. Dashed: raw maps. A filter that helps lies to the right of the dashed line."}}
plots.f1_by_filter(
    shown[REAL][ALL].runs, shown[REAL][ALL].filters, source=sources[REAL]
) if REAL in shown else "not run"

# %% mystnb={"figure": {"name": "fig-recognition-twin", "caption": "Macro F1 of two recognisers after each filter on the twin, whose maps have 5 % or 20 % noise. Dots, bars and shades as on MixedWM38."}}
plots.f1_by_filter(
    shown[TWIN][ALL].runs, shown[TWIN][ALL].filters, source=sources[TWIN]
) if TWIN in shown else "not run"

# %% [markdown]
# What counts is the difference to raw maps, of the same seed and on the same test maps. Its interval holds both chances,
# that of the training and that of the test maps, and is widened for the number of filters: all six of a classifier and a
# setting lie in theirs with 95 %. {numref}`fig-recognition-gain-real` and {numref}`fig-recognition-gain-twin` draw it.

# %% mystnb={"figure": {"name": "fig-recognition-gain-real", "caption": "What each filter adds to the macro F1 of raw maps on MixedWM38, with its interval, by setting. Left of the line: it takes away. Shaded: gains too small to matter."}}
plots.gains(
    {setting: one.filters for setting, one in shown[REAL].items()},
    margin=MARGIN,
    source=sources[REAL],
) if REAL in shown else "not run"

# %% mystnb={"figure": {"name": "fig-recognition-gain-twin", "caption": "What each filter adds to the macro F1 of raw maps on the twin, with its interval, by setting. Shaded: gains too small to matter."}}
plots.gains(
    {setting: one.filters for setting, one in shown[TWIN].items()},
    margin=MARGIN,
    source=sources[TWIN],
) if TWIN in shown else "not run"

# %% [markdown]
# {numref}`tbl-recognition-verdicts` has it in words, by rule: **helps**, if the whole interval is above 0; **hurts**, if all of it is below; **does not help**, if it
# holds 0 and no gain of {glue:text}`recognition_margin` or more; **not shown** otherwise. The rule was fixed before the runs.

# %% mystnb={"table": {"name": "tbl-recognition-verdicts", "caption": "The verdict on each filter, by data set, classifier and setting, of the recorded runs."}}
verdicts = pd.concat(
    {
        (title, model, setting): one.filters.loc[model].verdict.drop("raw")
        for title, by_setting in shown.items()
        for setting, one in by_setting.items()
        for model in one.filters.index.get_level_values("model").unique()
    },
    axis=1,
    names=["data", "classifier", "setting"],
).T
verdicts


# %% tags=["remove-cell"]
def points(value: float) -> str:
    """Write a difference in points of a hundred, with its sign."""
    text = f"{100 * value:+.1f}"
    return "0.0" if float(text) == 0 else text.replace("-", "−")


def named(words: pd.Series, word: str) -> str:
    return ", ".join(words.index[words == word]) or "none"


book.glue("recognition_margin", MARGIN)
KEYS = {REAL: "real", TWIN: "twin", ALL: "all", FEW: "few"}
WORDS = {"helps": "helps", "hurts": "hurts", "does not help": "idle", "not shown": "open"}
for (title, model, setting), words in verdicts.iterrows():
    key = f"{KEYS[title]}_{model}_{KEYS.get(setting, 'noisy')}"
    for word, short in WORDS.items():
        book.glue(f"rec_{key}_{short}", named(words, word))
    filters = shown[title][setting].filters.loc[model]
    book.glue(f"rec_{key}_raw", float(filters.loc["raw"].f1))
    book.glue(f"rec_{key}_npfc", float(filters.loc["NPFC"].f1))
    book.glue(f"rec_{key}_npfc_gain", points(filters.loc["NPFC"].gain))
    book.glue(f"rec_{key}_npfc_verdict", words["NPFC"])
    best = filters.gain.idxmax()
    for name, short in (("NPFC", "npfc"), (best, "best")):
        ends = (points(filters.loc[name][end]) for end in ("gain_low", "gain_high"))
        book.glue(f"rec_{key}_{short}_interval", " to ".join(ends))
    book.glue(f"rec_{key}_best", best)
    book.glue(f"rec_{key}_best_gain", points(filters.loc[best].gain))
counted = {word: (verdicts == word).sum() for word in WORDS}
book.glue("rec_npfc_cases", len(verdicts))
for word, short in WORDS.items():
    book.glue(f"rec_npfc_{short}", int(counted[word]["NPFC"]))
top = counted["helps"]
book.glue("rec_top_filter", ", ".join(top.index[top == top.max()]) if top.max() else "none")
book.glue("rec_top_helps", int(top.max()))
for title in shown:
    words = verdicts.loc[title].stack()
    book.glue(f"rec_{KEYS[title]}_cases", len(words))
    for word, short in WORDS.items():
        book.glue(f"rec_{KEYS[title]}_n_{short}", int((words == word).sum()))
    npfc = verdicts.loc[title]["NPFC"]
    for word, short in WORDS.items():
        book.glue(f"rec_{KEYS[title]}_npfc_n_{short}", int((npfc == word).sum()))
    book.glue(f"rec_{KEYS[title]}_npfc_cases", len(npfc))

# %% [markdown]
# **MixedWM38, all training maps.** The network's macro F1 is {glue:text}`rec_real_network_all_raw:.3f` on raw maps and
# {glue:text}`rec_real_network_all_npfc:.3f` on those that NPFC filtered: {glue:text}`rec_real_network_all_npfc_gain` points
# (interval {glue:text}`rec_real_network_all_npfc_interval`), so NPFC **{glue:text}`rec_real_network_all_npfc_verdict`**. Of
# the six filters help: {glue:text}`rec_real_network_all_helps`; hurt: {glue:text}`rec_real_network_all_hurts`; do not help:
# {glue:text}`rec_real_network_all_idle`; not shown: {glue:text}`rec_real_network_all_open`. For the forest, which starts
# from {glue:text}`rec_real_forest_all_raw:.3f`, help: {glue:text}`rec_real_forest_all_helps`; hurt:
# {glue:text}`rec_real_forest_all_hurts`; do not help: {glue:text}`rec_real_forest_all_idle`; not shown:
# {glue:text}`rec_real_forest_all_open`.
#
# **A tenth of the training maps**, where a filter should matter most. The network falls to
# {glue:text}`rec_real_network_few_raw:.3f` on raw maps; NPFC changes that by {glue:text}`rec_real_network_few_npfc_gain`
# points (interval {glue:text}`rec_real_network_few_npfc_interval`: **{glue:text}`rec_real_network_few_npfc_verdict`**).
# Help: {glue:text}`rec_real_network_few_helps`; hurt: {glue:text}`rec_real_network_few_hurts`. The largest mean gain is
# that of {glue:text}`rec_real_network_few_best`, {glue:text}`rec_real_network_few_best_gain`
# ({glue:text}`rec_real_network_few_best_interval`). With the forest, from {glue:text}`rec_real_forest_few_raw:.3f`, help:
# {glue:text}`rec_real_forest_few_helps`; hurt: {glue:text}`rec_real_forest_few_hurts`.
#
# **The same tenth with 10 % noise added**, network: {glue:text}`rec_real_network_noisy_raw:.3f` on raw maps
# {claim}`npfc-noise-hinders`; NPFC
# {glue:text}`rec_real_network_noisy_npfc_gain` points ({glue:text}`rec_real_network_noisy_npfc_interval`:
# **{glue:text}`rec_real_network_noisy_npfc_verdict`**). Help: {glue:text}`rec_real_network_noisy_helps`; hurt:
# {glue:text}`rec_real_network_noisy_hurts`. The largest mean gain is that of {glue:text}`rec_real_network_noisy_best`,
# {glue:text}`rec_real_network_noisy_best_gain` ({glue:text}`rec_real_network_noisy_best_interval`).
#
# **The twin.** Network, all training maps: {glue:text}`rec_twin_network_all_raw:.3f` on raw maps, NPFC
# {glue:text}`rec_twin_network_all_npfc_gain` points (**{glue:text}`rec_twin_network_all_npfc_verdict`**); help:
# {glue:text}`rec_twin_network_all_helps`; hurt: {glue:text}`rec_twin_network_all_hurts`. A tenth:
# {glue:text}`rec_twin_network_few_raw:.3f` on raw maps, NPFC {glue:text}`rec_twin_network_few_npfc_gain`
# (**{glue:text}`rec_twin_network_few_npfc_verdict`**); help: {glue:text}`rec_twin_network_few_helps`; hurt:
# {glue:text}`rec_twin_network_few_hurts`; the largest mean gain is that of {glue:text}`rec_twin_network_few_best`,
# {glue:text}`rec_twin_network_few_best_gain` ({glue:text}`rec_twin_network_few_best_interval`). Where
# seeds differ much, as with few maps, the intervals are wide.
#
# Over classifiers and settings, NPFC helps in {glue:text}`rec_real_npfc_n_helps` of {glue:text}`rec_real_npfc_cases` cases
# on MixedWM38 and hurts in {glue:text}`rec_real_npfc_n_hurts`; on the twin it helps in {glue:text}`rec_twin_npfc_n_helps`
# of {glue:text}`rec_twin_npfc_cases` and hurts in {glue:text}`rec_twin_npfc_n_hurts` {claim}`npfc-filtering-needed`. All
# filters together help in {glue:text}`rec_real_n_helps` of {glue:text}`rec_real_cases` and {glue:text}`rec_twin_n_helps`
# of {glue:text}`rec_twin_cases` cases, and hurt in {glue:text}`rec_real_n_hurts` and {glue:text}`rec_twin_n_hurts` {claim}`npfc-filtering-helps`.

# %% [markdown]
# {numref}`tbl-recognition-noise` has the twin's network by the noise of the test maps.

# %% mystnb={"table": {"name": "tbl-recognition-noise", "caption": "The network's macro F1 on the twin, by the noise of the test maps and by setting; recorded run."}}
by_noise = (
    {
        (setting, level): pd.Series(values)
        for setting in shown[TWIN]
        for level, values in sorted(
            runs[TWIN]["recognition_records"][setting]["by_noise"].items(),
            key=lambda item: float(item[0].rstrip("%")),
        )
    }
    if TWIN in shown
    else {}
)
pd.DataFrame(by_noise).reindex(list(FILTERS)).round(3) if by_noise else "not run"

# %% [markdown]
# ### By the number of patterns
#
# {numref}`fig-recognition-count-real` and {numref}`fig-recognition-count-twin` show classes with none, one or more patterns.

# %% mystnb={"figure": {"name": "fig-recognition-count-real", "caption": "Mean F1 of the classes with so many patterns, MixedWM38, network, all training maps. NPFC in blue, raw maps dashed."}}
plots.f1_by_count(
    shown[REAL][ALL].by_count, source=sources[REAL]
) if REAL in shown else "not run"

# %% mystnb={"figure": {"name": "fig-recognition-count-twin", "caption": "Mean F1 of the classes with so many patterns on the twin, network, all training maps. NPFC in blue, raw maps dashed."}}
plots.f1_by_count(
    shown[TWIN][ALL].by_count, source=sources[TWIN]
) if TWIN in shown else "not run"

# %% [markdown]
# ### Which patterns lose
#
# Each pattern by itself, whatever else is on the map: a map counts as right for Scratch if the recognised combination has a
# scratch and the map has one, too. Recall: the share of the maps with the pattern on which it is named. Precision: the share of the
# maps on which it is named that have it. {numref}`fig-recognition-patterns-real` has MixedWM38,
# {numref}`fig-recognition-patterns-twin` the twin.

# %% mystnb={"figure": {"name": "fig-recognition-patterns-real", "caption": "Recall and precision of single patterns of MixedWM38, network, all training maps. First row: raw maps, in percent. Below: the change by each filter in points, blue up, red down."}}
plots.pattern_changes(
    {name: shown[REAL][ALL].by_pattern[name] for name in ("recall", "precision")},
    source=sources[REAL],
) if REAL in shown else "not run"

# %% mystnb={"figure": {"name": "fig-recognition-patterns-twin", "caption": "Recall and precision of single patterns on the twin, network, all training maps. First row: raw maps, in percent. Below: the change by each filter in points, blue up, red down."}}
plots.pattern_changes(
    {name: shown[TWIN][ALL].by_pattern[name] for name in ("recall", "precision")},
    source=sources[TWIN],
) if TWIN in shown else "not run"

# %% [markdown]
# {numref}`tbl-recognition-classes` has the classes that NPFC changes most.


# %% mystnb={"table": {"name": "tbl-recognition-classes", "caption": "The classes whose F1 NPFC changes most: F1 on raw maps, after NPFC, and the change; recorded runs, network, all training maps."}}
def most_changed(by_class: pd.DataFrame, most: int = 4) -> pd.DataFrame:
    """Return the classes whose F1 NPFC lowers and raises most."""
    change = (by_class.loc["NPFC"] - by_class.loc["raw"]).sort_values()
    at = [*change.index[:most], *change.index[-most:]]
    table = by_class[at].loc[["raw", "NPFC"]].T
    return table.assign(change=change[at]).round(3)


pd.concat(
    {title: most_changed(by_setting[ALL].by_class) for title, by_setting in shown.items()},
    names=["data", "class"],
)

# %% tags=["remove-cell"]
for title, by_setting in shown.items():
    recall = by_setting[ALL].by_pattern["recall"]
    change = recall.loc["NPFC"] - recall.loc["raw"]
    median = recall.loc["median 3×3"] - recall.loc["raw"]
    key = f"rec_{KEYS[title]}"
    book.glue(f"{key}_worst_pattern", change.idxmin())
    book.glue(f"{key}_worst_change", points(change.min()))
    book.glue(f"{key}_scratch_npfc", points(change["Scratch"]))
    book.glue(f"{key}_scratch_median", points(median["Scratch"]))
    book.glue(f"{key}_scratch_raw", float(recall.loc["raw", "Scratch"]))
    changed = by_setting[ALL].changed
    book.glue(f"{key}_n_test", by_setting[ALL].n_test)
    for name, short in (("NPFC", "npfc"), ("median 3×3", "median")):
        book.glue(f"{key}_lost_{short}", int(changed.loc[name, "lost"]))
        book.glue(f"{key}_won_{short}", int(changed.loc[name, "won"]))

# %% [markdown]
# A scratch is one or two dies wide: where a die of it works, it falls into pieces, and small pieces look like noise. On MixedWM38
# the network finds {glue:text}`rec_real_scratch_raw:.0%` of the scratches on raw maps; NPFC changes that by
# {glue:text}`rec_real_scratch_npfc` points, the median by {glue:text}`rec_real_scratch_median`. On the twin these are
# {glue:text}`rec_twin_scratch_raw:.0%`, {glue:text}`rec_twin_scratch_npfc` and {glue:text}`rec_twin_scratch_median`. The
# pattern whose recall NPFC lowers most, or raises least, is {glue:text}`rec_real_worst_pattern` on MixedWM38
# ({glue:text}`rec_real_worst_change`) and {glue:text}`rec_twin_worst_pattern` on the twin
# ({glue:text}`rec_twin_worst_change`).
#
# ### Map by map
#
# **Lost** are test maps that the networks of all seeds have right on raw maps, and all have wrong on filtered ones. **Won**
# is the reverse. {numref}`tbl-recognition-changed` counts, {numref}`fig-recognition-examples` shows some of the twin.

# %% mystnb={"table": {"name": "tbl-recognition-changed", "caption": "Test maps lost and won by each filter, by data set and setting; recorded runs."}}
pd.concat(
    {
        (title, setting): one.changed
        for title, by_setting in shown.items()
        for setting, one in by_setting.items()
    },
    axis=1,
)

# %% [markdown]
# Of {glue:text}`rec_real_n_test` test maps of MixedWM38, NPFC loses {glue:text}`rec_real_lost_npfc` and wins
# {glue:text}`rec_real_won_npfc`, the median {glue:text}`rec_real_lost_median` and {glue:text}`rec_real_won_median`.


# %% tags=["nbval-ignore-output"]
def from_text(rows_of_digits: list[str]) -> np.ndarray:
    """Read what to_text wrote."""
    return np.array([list(map(int, row)) for row in rows_of_digits], np.uint8)


twin_examples = [
    {"filter": name, **one}
    for name in ("NPFC", "median 3×3")
    for one in (runs[TWIN]["recognition_examples"].get(name, ()) if TWIN in runs else ())
]
both = [[one for one in twin_examples if one["kind"] == kind][:4] for kind in ("lost", "won")]
pictured = both[0] + both[1]
drawn = [from_text(one["map"]) for one in pictured]
after = [filter_maps(m[None], one["filter"])[0] for m, one in zip(drawn, pictured, strict=True)]
texts = [
    (f"{one['kind']}: {one['truth']}", f"{one['filter']}, said\n{one['filtered']}")
    if one["kind"] == "lost"
    else (f"{one['kind']}: {one['truth']}", f"{one['filter']}; raw, said\n{one['raw']}")
    for one in pictured
]

# %% mystnb={"figure": {"name": "fig-recognition-examples", "caption": "Maps of the twin, with what was said where it was wrong. Lost: right on the raw map (above), wrong on the filtered one (below, removed dies marked). Won: wrong on the raw map, right on the filtered one."}} tags=["nbval-ignore-output"]
plots.examples(drawn, after, texts, source=sources[TWIN]) if drawn else "no such map"

# %% [markdown]
# Of MixedWM38 no map is copied here. {numref}`tbl-recognition-rows` has rows of the half of its file, for who has it.

# %% mystnb={"table": {"name": "tbl-recognition-rows", "caption": "Examples in MixedWM38, as rows of its file: what the network said after the filter, lost or won."}}
real_examples = [
    {"filter": name, **one}
    for name, found_ones in (runs[REAL]["recognition_examples"].items() if REAL in runs else ())
    for one in found_ones
]
pd.DataFrame(real_examples).rename(columns={"map": "row"}).query(
    "filter == 'NPFC'"
) if real_examples else "not run"

# %% [markdown]
# ### The price
#
# {numref}`tbl-recognition-prices` has processor time beside the gain.

# %% mystnb={"table": {"name": "tbl-recognition-prices", "caption": "What each filter costs and what it brings: milliseconds of processor time a map, and points of macro F1 (network, all training maps); recorded runs."}}
prices = {}
for title, by_setting in shown.items():
    prices[title, "ms a map"] = pd.Series(runs[title]["recognition_price"]).drop("raw").round(2)
    gain = by_setting[ALL].filters.loc["network"].gain.drop("raw")
    prices[title, "gain, points"] = (100 * gain).round(1) + 0.0  # no -0.0
pd.DataFrame(prices).reindex([name for name in FILTERS if name != "raw"])

# %% [markdown]
# ## What to keep in mind
#
# - Two classifiers, one of them small, with one configuration each. It was chosen by convention, and a look at raw maps and
#   NPFC's on one seed's validation part only to see that the network learns. A larger network, or training tuned filter by
#   filter, may see other differences.
# - A network can learn to pass over noise by itself if it has seen enough maps. That is why the setting with few maps stands
#   beside. What a filter removes, no network brings back.
# - A classifier is trained on the maps that it is tested on: filtered with filtered. A network trained on raw maps and fed
#   with filtered ones is another question.
# - Filters have their default parameters. Chosen on tuning maps ([](26_comparators)) they would differ. That of adjacency
#   clustering (u = 0.2) is from a first trial on maps like the twin's, scored die by die.
# - Part of MixedWM38 was made by a generative network, and its makers' noise may differ from a factory's. Copies are kept out
#   of the test; maps that are only nearly alike cannot be excluded.
# - Three seeds are few. The interval knows that, and is wide where seeds differ. "Not shown" is no proof of equality.
# - Single patterns, counts and examples have no intervals. They describe these runs.
