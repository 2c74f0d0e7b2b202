# %% [markdown]
# # Your own wafer maps
#
# [![Open in Colab](../book/images/colab.svg)](https://colab.research.google.com/github/OWNER/semlib/blob/v0.1.0/notebooks/42_your_own_maps.ipynb)
#
# Files of wafer maps go in: arrays, tables, pictures, die lists. Out come the filtered maps with their clusters, a table,
# and your own die list with two columns more. Set `dataset` below to the path of a file or a folder, and run all cells.
# Nothing leaves your machine.
#
# By default the notebook writes a small folder of synthetic maps and reads that. So the figures on this page show how the
# steps work, and nothing about real wafers.

# %% tags=["parameters"]
profile = "quick"  # "quick": at most 60 maps, or "paper": all
dataset = "synthetic"  # "synthetic", or the path of your file or folder
output = "own_maps_output"  # the folder for the results
seed = 0
n_maps = None  # at most so many maps, drawn by seed; None: as the profile says
die_list = {}  # how die lists are read, as {"good_bins": [1, 2], "repeated": "last"}; then all maps are taken
n_jobs = 1  # processes; -1 for all cores

# %% tags=["hide-input"]
# On Colab only: install semlib. Its requirements are lower bounds, so Colab keeps its own torch and numpy.
import importlib.util
import subprocess
import sys

if "google.colab" in sys.modules and importlib.util.find_spec("semlib") is None:
    source = "semlib @ git+https://github.com/OWNER/semlib@v0.1.0"
    subprocess.run([sys.executable, "-m", "pip", "install", "-q", source], check=True)

import os
import tempfile
import textwrap
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image

from semlib import book
from semlib.own_data import parsed, results_folder, whole
from semlib.plots.style import use_style
from semlib.plots.wafer_maps import map_gallery
from semlib.plots.wafer_results import kept_below
from semlib.wafer.data import load_maps, open_maps, synthetic
from semlib.wafer.die_list import die_lists, read_die_list, to_die_list
from semlib.wafer.npfc_many import npfc_many, npfc_table

use_style()
whole("n_maps", n_maps, least=1, none=True)
whole("seed", seed, least=0)
whole("n_jobs", n_jobs, least=1 if n_jobs != -1 else -1)
n_maps = n_maps or book.profile(profile).n_maps
options = parsed("die_list", die_list, "a mapping such as {'y_up': True}")
if not isinstance(options, dict):
    raise ValueError(f"die_list={die_list!r} must be a mapping such as {{'y_up': True}}")
temporary = tempfile.TemporaryDirectory()  # gone when the kernel ends
scratch = Path(temporary.name)

# %% [markdown]
# ## What the files may hold
#
# A map has a number for each place on the wafer: **0 no die, 1 good die, 2 defective die**.
#
# | File | Holds |
# |---|---|
# | `.npy`, `.npz` | one map (H, W), or a stack of maps (N, H, W); an `.npz` may also hold maps of many sizes, as the result below does |
# | `.csv`, `.tsv`, `.txt` without a header | the numbers of one map, with commas, semicolons, tabs or blanks between them |
# | `.csv`, `.tsv`, `.txt` with a header | a **die list**: a line for each die, with columns for x, y and bin; columns for lot and wafer split it into maps |
# | `.png` | one map as a grey picture, a pixel a die: 0, 1, 2, or black, grey 127, white |
# | `.klarf`, `.000`, `.001`, … | KLARF of version 1: a die with a defect is defective. Tried on files that we made after published examples, not on a tool's own |
#
# In a die list, bin 1 passes and all others fail. Columns are recognised by their usual names, and a note says which were
# taken. A die that is not listed is no die. Where your lists differ, set the parameter `die_list` above:
#
# | `die_list = …` | When |
# |---|---|
# | `{"good_bins": [1, 2]}` | other bins pass |
# | `{"no_die_bins": [0]}` | these bins are places without a die |
# | `{"repeated": "last"}` | dies were tested again, and the last test counts; `"worst"`: one failure counts |
# | `{"y_up": True}` | y grows upward |
# | `{"columns": {"bin": "Result"}}` | columns have names of their own |
#
# They may be combined. The same are the options of `read_die_list` in [the reference](../book/api_wafer.md).
#
# Here such a folder is written from the twin. Below stand the first lines of its die list and a line of its table.

# %% tags=["hide-input"]
STACK = (("Center", "Scratch"), ("Edge-Ring", "Loc"), ("Donut", "Edge-Loc"))


def write_example(folder: Path) -> Path:
    """Write maps as users have them: a stack, a picture, a table, and a die list of two wafers."""
    folder.mkdir()
    rng = np.random.default_rng(seed)
    stack = [synthetic(1, [pair], 0.05, seed=seed + k)[0] for k, pair in enumerate(STACK)]
    np.savez_compressed(folder / "stack.npz", maps=np.array(stack))
    grey = synthetic(1, [("Center", "Edge-Loc")], 0.04, seed=seed + 7, shape=(44, 40))[0]
    Image.fromarray(np.array([0, 127, 255], np.uint8)[grey]).save(folder / "picture.png")
    plain = synthetic(1, [("Loc", "Scratch")], 0.06, seed=seed + 8, shape=(36, 36))[0]
    np.savetxt(folder / "table.csv", plain, fmt="%d", delimiter=";")
    lists = []
    for wafer in (3, 4):
        dies = to_die_list(
            synthetic(1, 2, 0.05, seed=seed + wafer, shape=(40, 40))[0], origin=(-20, -20)
        )
        dies["bin"] = np.where(dies["bin"] == 1, 1, rng.choice([5, 7, 12], len(dies)))
        lists.append(dies.assign(Lot="A17", Wafer=wafer))
    columns = {"Lot": "Lot", "Wafer": "Wafer", "x": "DieX", "y": "DieY", "bin": "HardBin"}
    lot = pd.concat(lists)[list(columns)].rename(columns=columns)
    lot.to_csv(folder / "lot_A17.csv", index=False)
    return folder


dataset = str(dataset)  # a folder may be called 2024
made = dataset == "synthetic"
path = write_example(scratch / "my_wafers") if made else Path(dataset).expanduser()
results = results_folder(scratch / output if made else output, path)
if made:
    print(*(path / "lot_A17.csv").read_text().splitlines()[:4], "…", sep="\n")
    print(f"\n{(path / 'table.csv').read_text().splitlines()[9]}")

# %% [markdown]
# ## The maps
#
# One call reads a file or a whole folder: `load_maps("my_wafers")`. What was decided on reading stands in the notes.
# {numref}`fig-own-maps` shows what was read.

# %%
maps = (
    load_maps(path, **options) if made or options else open_maps(dataset, n=n_maps, seed=seed)
)
source = f"{maps.source}, written by the wafer twin (synthetic)" if made else maps.source
known = maps.table is not None and "name" in maps.table
word = "drawn map" if "drawn by" in maps.source else "map"
names = maps.table["name"].tolist() if known else [f"{word} {i}" for i in range(len(maps))]
maps


# %% mystnb={"figure": {"name": "fig-own-maps", "caption": "The maps as they were read, each below its file and the map or wafer in it. Look whether each wafer is round and the right way up: y_up turns a die list upside down, and a wafer that is cut off at one side has dies missing in its list. Synthetic, unless you chose other data."}}
def title(i: int) -> str:
    """Return a map's file and its name in the file, each on a line, long ones shortened."""
    file, _, part = names[i].partition(", ")
    lines = [file, part] if path.is_dir() or not part else [part]
    return "\n".join(s if len(s) < 27 else f"{s[:13]}…{s[-12:]}" for s in lines if s)


shown = np.unique(np.linspace(0, len(maps) - 1, 8).astype(int))
map_gallery([maps[i] for i in shown], [title(i) for i in shown], source=source, columns=4)

# %% [markdown]
# ## Filtered, and split into clusters
#
# `npfc_many` runs NPFC {cite}`hou2024` on all maps. There is nothing to tune: the noise rule removes single and twin
# dies, and what is left is joined, split or removed. [](22_npfc_step_by_step) shows each step in pictures; here it is
# in words for the first map. {numref}`fig-own-kept` shows the results.

# %%
found = npfc_many(maps, n_jobs=n_jobs, progress=False)
print(names[0], found[0].explain(), sep="\n")

# %% mystnb={"figure": {"name": "fig-own-kept", "caption": "Above, the map; below it, what NPFC keeps, a colour for each cluster, and in pale grey what it removes. Look for thin patterns in pale grey, which are lost, and for one pattern in two colours or two patterns in one. Synthetic, unless you chose other data."}}
kept_below(
    [maps[i] for i in shown],
    [found[i].labels for i in shown],
    [title(i) for i in shown],
    source=source,
)

# %% [markdown]
# **The number of clusters is not the number of patterns.** On real mixed maps the two agreed for hardly any map but those
# with two patterns, and most of the kept dies lay in one cluster: see [](31_real_data). In noisy maps NPFC may also take a
# thin or a third pattern for noise: see [](23_filtering_compared). So look at the pictures, not at the table alone.
#
# ## The table
#
# `npfc_table` gives a row for each map and keeps no map's result, so it is the one for thousands of maps. SD is the
# score by which Num was chosen; it is empty where there was no choice. {numref}`tbl-own-maps` has the first rows; the whole
# table is saved as `maps.csv`.

# %% mystnb={"table": {"name": "tbl-own-maps", "caption": "A row for each map: its places and dies, how many are defective, how many of these NPFC keeps, how many lay single or in twos, and Num with its SD. Synthetic, unless you chose other data."}}
numbers = npfc_table(maps, n_jobs=n_jobs, progress=False)
table = pd.DataFrame(
    {
        "map": names,
        "size": [f"{m.shape[0]}×{m.shape[1]}" for m in maps],
        "dies": [int((m > 0).sum()) for m in maps],
        "defective": numbers.n_defects,
        "kept": numbers.n_defects - numbers.n_removed,
        "single or twin": numbers.n_noise,
        "Num": numbers.num,
        "SD": numbers.sd.round(3),
    }
).rename_axis(None)
table.to_csv(results / "maps.csv", index=False)
table.head(12)

# %% tags=["remove-cell"]
book.glue("own_maps_count", len(table))
book.glue("own_maps_defective", int(table.defective.sum()))
book.glue("own_maps_removed", int((table.defective - table.kept).sum()))
book.glue("own_maps_noise_rule", int(table["single or twin"].sum()))

# %% [markdown]
# Over all {glue:text}`own_maps_count` maps, {glue:text}`own_maps_removed` of {glue:text}`own_maps_defective` defective dies
# are removed, {glue:text}`own_maps_noise_rule` of them by the noise rule alone.

# %% [markdown]
# ## The result, for your own programs
#
# All maps, from whatever file, are saved as an `.npz` of filtered maps, in the layout for maps of many sizes: all values in
# one row, where each map begins, and its shape; `clusters` has a number for each value. The first hundred are also saved
# as one die list, in which x and y count from the upper left corner.

# %%
every = [
    to_die_list(m, one.labels).assign(wafer=name)
    for m, one, name in zip(maps[:100], found, names, strict=False)
]
pd.concat(every).to_csv(results / "all_dies.csv", index=False)
np.savez_compressed(
    results / "filtered.npz",
    flat=np.concatenate([one.filtered.ravel() for one in found]),
    clusters=np.concatenate([one.labels.ravel() for one in found]),
    offsets=np.cumsum([0, *(m.size for m in maps)]),
    shapes=np.array([m.shape for m in maps]),
)
with warnings.catch_warnings():
    warnings.filterwarnings(
        "ignore", message=".*no die is defective"
    )  # all may have been removed
    again = load_maps(results / "filtered.npz")
same = all((one.filtered == m).all() for one, m in zip(found, again, strict=True))
print(f"filtered.npz read back: {len(again)} maps, {'the same' if same else 'other values'}")

# %% [markdown]
# Each die list comes back as a file of its own, with `.clusters.csv` behind its name: its lines in their order, all its
# columns, and two more. `kept` is 1 for a defective die that NPFC keeps, and `cluster` is its cluster, −1 for all other
# dies ({numref}`tbl-own-dies`). So a die that fails and has `kept` 0 is what NPFC takes for noise. The new file has commas
# between the cells, whatever the list had, and no blank lines. Of a KLARF file it is a list of its dies, with the number of
# their defects.

# %% mystnb={"table": {"name": "tbl-own-dies", "caption": "Lines of the last die list as it comes back: the first three with kept 0 and with kept 1. Synthetic, unless you chose other data."}}
lists = die_lists(path) if known else []  # of WM-811K and MixedWM38 there are none
written, columns, back = ["all_dies.csv", "filtered.npz", "maps.csv"], ["kept", "cluster"], None
for file in lists:
    dies = read_die_list(file, **options)
    columns = ["kept", "cluster"]
    while set(columns) & set(dies.table):  # an earlier result
        columns = [f"npfc_{name}" for name in columns]
    found_here = npfc_many(dies.maps, n_jobs=n_jobs, progress=False)
    back = dies.with_clusters(found_here, names=columns)
    written.append(f"{file.name}.clusters.csv")
    back.to_csv(results / written[-1], index=False)
print("written:", *sorted(written), sep="\n  ")
few = pd.concat([some.head(3) for _, some in back.groupby(columns[0])]) if lists else back
few if lists else "no die list among the files"

# %% [markdown]
# ## Files that are refused
#
# A file that is not what it seems to be stops the run. The message names the file, and where it can the line, and says
# what to do. Each cell below writes a bad file and shows the message.


# %% tags=["hide-input"]
def message(name: str, **options) -> None:
    """Print what load_maps says of a file; paths are shortened."""
    try:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            load_maps(bad / name, **options)
        text = str(caught[0].message)
    except ValueError as error:
        text = str(error)
    print(textwrap.fill(text.replace(f"{bad}{os.sep}", ""), 94))


bad = scratch / "bad"
bad.mkdir()
good = synthetic(1, [("Loc",)], 0.02, seed=seed, shape=(12, 12))[0]

# %% [markdown]
# A value that is not 0, 1 or 2:

# %%
spoilt = good.copy()
spoilt[3, 4] = 3
np.save(bad / "value.npy", spoilt)
message("value.npy")

# %% [markdown]
# A separator that is not known, and decimal commas:

# %%
np.savetxt(bad / "bars.csv", good, fmt="%d", delimiter="|")
message("bars.csv")
np.savetxt(bad / "two.csv", good, fmt="%d,0", delimiter=";")
message("two.csv")

# %% [markdown]
# Rows of unequal length:

# %%
(bad / "rows.csv").write_text("0,1,1,0\n1,2,1\n1,1,1,1\n")
message("rows.csv")

# %% [markdown]
# An array of Python objects. Reading it would run whatever code is in it, so it is not read:

# %%
np.save(bad / "objects.npy", np.array([good, good[:5]], dtype=object), allow_pickle=True)
message("objects.npy")

# %% [markdown]
# A die list without bins, and one whose bins have another name:

# %%
(bad / "no_bins.csv").write_text("x,y,yield\n0,0,0.93\n1,0,0.95\n")
message("no_bins.csv")

# %% [markdown]
# A die with two lines, as after a second test. The option that the message names goes into the parameter, as
# `die_list = {"repeated": "last"}`:

# %%
(bad / "twice.csv").write_text("x;y;bin\n0;0;1\n1;0;7\n0;1;1\n1;0;1\n")
message("twice.csv")

# %% [markdown]
# A quotation mark that does not close would swallow the lines below it:

# %%
(bad / "open.csv").write_text('x,y,bin\n0,0,1\n1,0,"7\n0,1,1\n')
message("open.csv")

# %% [markdown]
# A coordinate that is a slip, or in micrometres:

# %%
(bad / "far.csv").write_text("x y bin\n0 0 1\n1 0 7\n1000000000 1 1\n")
message("far.csv")

# %% [markdown]
# What may be meant is read, with a **warning**. A black and white picture tells where defects are, and not where the wafer
# is:

# %%
Image.fromarray(np.where(good == 2, 255, 0).astype(np.uint8)).save(bad / "mask.png")
message("mask.png")

# %% [markdown]
# And a list in which nothing passes: its bins may be words.

# %%
(bad / "words.csv").write_text("x,y,bin\n0,0,PASS\n1,0,FAIL\n0,1,PASS\n")
message("words.csv")
load_maps(bad / "words.csv", good_bins=["PASS"])[0]
