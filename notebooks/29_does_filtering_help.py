# %% [markdown]
# # Does filtering help?
#
# Paper 2 filters wafer maps so that their patterns can be recognised: noise "will affect the subsequent recognition". It
# measures filters and clusters, and recognises nothing. This page does: a classifier names **the combination of patterns**
# on a map, once on raw maps and once on the maps that each filter leaves. Everything else stays the same.

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
train, validation, test = {"quick": (16, 6, 12), "trial": (100, 30, 150)}.get(
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
# and so do maps that are equal after a turn or in a mirror, because training turns and mirrors.

# %%
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
# **Settings.** All training maps; and a tenth of them, since filtering is said to help most where data are few. A third is
# in the code and was not recorded: noise added to all maps, of training and test, before they are filtered. The twin has
# two levels of noise by itself.
#
# A seed draws the training and validation maps, the first weights and the order of the maps. The test maps are the same in
# all runs.

# %%
config = NetConfig(epochs=10, batch_size=32) if small else NetConfig()
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
# reverse ("won").


# %% tags=["nbval-ignore-output"]
def to_text(wafer_map: np.ndarray) -> list[str]:
    """Write a map as a digit each die, so that a record can hold it."""
    return ["".join(map(str, row)) for row in wafer_map.tolist()]


def name_of(one, number: int) -> str:
    return " + ".join(one.classes[number]) or "none"


def examples_of(one, name: str, most: int) -> list[dict]:
    """Return up to ``most`` maps lost and as many won; of real maps the row in the file, not the map."""
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
# The price of each filter, on one processor:

# %% tags=["nbval-ignore-output"]
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
