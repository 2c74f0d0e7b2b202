# %% [markdown]
# # Your own SEM images
#
# [![Open in Colab](../book/images/colab.svg)](https://colab.research.google.com/github/OWNER/semlib/blob/v0.1.0/notebooks/41_your_own_images.ipynb)
#
# A folder of images goes in; embeddings, clusters and a map to explore come out, with the controls that say whether the
# clusters follow the defects or the microscope. Set `dataset` below to the path of your folder, and run all cells.
# Nothing leaves your machine.
#
# By default the notebook writes a small folder of synthetic images and reads that. So the figures on this page show how
# the steps work, and nothing about real defects.

# %% tags=["parameters"]
profile = "quick"  # "quick" or "paper": side of the images and training epochs
dataset = "synthetic"  # "synthetic", or the path of your folder of images
labels_csv = None  # a table of labels; None: the one in the folder, if there is one
output = "own_images_output"  # the folder for the results
seed = 0
border = 4  # pixels cropped from each side, or from (top, right, bottom, left)
normalize = "minmax"  # "minmax", "percentile", "zscore" or "none"
size = None  # side in pixels after the resize, a multiple of 4; None: the profile's
epochs = None  # training epochs; None: the profile's
k = 6  # clusters: how many groups you want to look at; no score knows the right number
projection = "t-SNE"  # "t-SNE", "PCA", or "UMAP" (which compiles for about 12 s)

# %% tags=["hide-input"]
# On Colab only: install semlib. Its requirements are lower bounds, so Colab keeps its own torch and numpy.
import importlib.util
import subprocess
import sys

if "google.colab" in sys.modules and importlib.util.find_spec("semlib") is None:
    source = "semlib @ git+https://github.com/OWNER/semlib@v0.1.0"
    subprocess.run([sys.executable, "-m", "pip", "install", "-q", source], check=True)

import json
import os
import tempfile
import textwrap
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import tifffile
import torch
from PIL import Image
from scipy.spatial.distance import cdist
from sklearn.decomposition import PCA

from semlib import book
from semlib.own_data import parsed, results_folder, whole
from semlib.plots import sem_folder as plots
from semlib.plots.explorer import explorer
from semlib.plots.sem_clusters import neighbour_rows
from semlib.plots.sem_features import training_curve
from semlib.plots.style import use_style
from semlib.runtime import library_versions
from semlib.sem import pipeline
from semlib.sem.baselines import mean_grey, shading_features
from semlib.sem.data import SemImages, open_images
from semlib.sem.evaluate import evaluate_clustering
from semlib.sem.model import Encoder
from semlib.sem.neighbours import nearest_neighbours
from semlib.sem.preprocess import Preprocess
from semlib.sem.preprocess import normalize as stretched
from semlib.sem.project import projection_quality
from semlib.sem.shortcuts import shortcut_table, shortcut_warnings
from semlib.sem.synthetic import CLASS_COUNTS, SYNTHETIC_MARK, make_image
from semlib.sem.train import TrainConfig, embed
from semlib.split import content_groups

use_style()
sizes = book.profile(profile)
whole("size", size, least=4, none=True)
whole("epochs", epochs, least=1, none=True)
whole("seed", seed, least=0)
size, epochs = size or sizes.size, epochs or sizes.epochs
border = parsed("border", border, "4 or (0, 0, 60, 0)")
step = Preprocess(border=border, size=size, normalize=normalize)
if projection not in ("t-SNE", "PCA", "UMAP"):
    raise ValueError(f"projection={projection!r} must be 't-SNE', 'PCA' or 'UMAP'")
if not isinstance(k, int) or k < 2:
    raise ValueError(f"k={k!r} must be an integer of at least 2")
if step.size % 4:
    raise ValueError(f"size={size} must be a multiple of 4: the encoder halves it twice")
WIDTH = 76  # of printed text, in letters
temporary = tempfile.TemporaryDirectory()  # gone when the kernel ends
scratch = Path(temporary.name)
dataset = str(dataset)  # a folder may be called 2024
results = results_folder(scratch / output if dataset == "synthetic" else output, dataset)

# %% [markdown]
# ## The folder
#
# PNG, JPEG, TIFF and BMP files count, in sub-folders too; their sizes and bit depths may differ. Colour becomes grey. If
# the folder holds one table of labels, it is used, **only for scores at the end**: a line of `image_path;file_name;label`
# for each image, with whole numbers as labels.
#
# If your microscope writes an **info bar** into the picture, set `border` to cut it off, to `(0, 0, 60, 0)` for
# one of 60 pixels at the bottom. Else the bar is the strongest thing in the image.

# %% tags=["hide-input"]
CLASSES = (3,) * 6 + (4,) * 4 + (6,) * 3 + (1,) * 3  # particles, pits, no defect, scratches
KINDS = (("png", 1), ("jpg", 1), ("tif", 1), ("tif", 16))  # suffix; times this: 12 of 16 bits


def write_example(folder: Path, n: int, side: int) -> Path:
    """Write a folder as users have them: two lots, four kinds of files, labels, one broken file."""
    rng = np.random.default_rng(seed)
    lines = ["image_path;file_name;label"]
    for i in range(n):
        label, (suffix, factor) = int(rng.choice(CLASSES)), KINDS[rng.integers(len(KINDS))]
        name = f"lot_{'ab'[rng.integers(2)]}/image_{i}.{suffix}"
        image = make_image(label, seed=seed, index=i, size=side)
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if suffix == "tif":
            tifffile.imwrite(path, image.astype(np.uint16) * factor if factor > 1 else image)
        else:
            Image.fromarray(image).save(path, **({"quality": 91} if suffix == "jpg" else {}))
        lines.append(f"{name};{path.name};{label}")
    (folder / "lot_b" / "copy_broke_off.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    Image.fromarray(np.full((6, 6), 90, np.uint8)).save(folder / "lot_b" / "icon.png")
    lines += ["lot_b/copy_broke_off.png;copy_broke_off.png;3", "lot_b/icon.png;icon.png;6"]
    (folder / "labels.csv").write_text("\n".join(lines) + "\n")
    (folder / SYNTHETIC_MARK).write_text("Made by notebook 41 from semlib.sem.synthetic.\n")
    return folder


if dataset == "synthetic":
    dataset = write_example(scratch / "my_images", sizes.n_images or 1000, 240)

# %%
with warnings.catch_warnings():
    warnings.filterwarnings("ignore", message=".*left out")  # the tables below list them
    images = open_images(dataset, labels_csv=labels_csv, on_error="skip")
images

# %% tags=["hide-input"]
rows = []
home = f"{Path(dataset).expanduser()}{os.sep}"
left_out = {name: why.replace(home, "") for name, why in images.skipped}


def looked_at():
    """Pass the images on, and note what each is like."""
    for name, image in zip(images.names, images, strict=True):
        height, width = image.shape
        fault = ""
        try:
            inner = step.crop(image, "it")
            if inner.min() == inner.max():
                fault = "one grey everywhere inside the border"
        except ValueError as error:
            fault = str(error)
        rows.append(
            {
                "file": name,
                "sub-folder": name.rpartition("/")[0],
                "type": f"{name.rpartition('.')[2].lower()}, {image.dtype}",
                "size": f"{height}×{width}",
                "min": image.min(),
                "max": image.max(),
                "fault": fault,
            }
        )
        yield image


copies = content_groups(looked_at())
files = pd.DataFrame(rows).set_index("file")
fit = (files.fault == "").to_numpy()
left_out |= files.fault[~fit].to_dict()
images, files, copies = images.subset(fit), files[fit].drop(columns="fault"), copies[fit]
n, distinct = len(images), len(set(copies))
print(f"{n} images can be used, {len(left_out)} files cannot. Exact copies: {n - distinct}.")

# %% [markdown]
# Look at {numref}`tbl-own-images-files` for what you do not expect: a kind of file that should not be there, greys that
# use only a part of their range, one lot that was saved in another way.

# %% mystnb={"table": {"name": "tbl-own-images-files", "caption": "The images that can be used, by sub-folder, type and size, with their darkest and brightest grey."}}
files.groupby(["sub-folder", "type", "size"]).agg(
    images=("min", "size"), darkest=("min", "min"), brightest=("max", "max")
)

# %% [markdown]
# What was left out, and why. With a table of labels, an image without a label is left out too.

# %%
for name, why in list(left_out.items())[:20]:
    print(textwrap.fill(f"{name}: {why}", WIDTH, subsequent_indent="  "))
if len(left_out) > 20:
    print(f"… and {len(left_out) - 20:,} more, all of them in settings.json at the end.")

# %% [markdown]
# ## Are there enough images?
#
# A run needs images that differ; copies teach nothing. Few images can be processed without an error and still mean
# nothing: silhouettes of a dozen images change with each image that you add. {numref}`tbl-own-images-needs` says what
# yours allow, and {numref}`fig-own-sheet` shows some of them.

# %% mystnb={"table": {"name": "tbl-own-images-needs", "caption": "How many different images each step needs, and whether the folder has them."}}
FOR_NEIGHBOURS = 30
batch_size = max(2, min(TrainConfig().batch_size, n))
needs = {
    "training: batch normalisation compares images": 2,
    "two clusters and their silhouette": 3,
    "a map by neighbours, t-SNE or UMAP (else PCA)": FOR_NEIGHBOURS,
    f"{k} clusters of two images or more": 2 * k,
    "batches as large as the paper's": TrainConfig().batch_size,
}
enough = pd.DataFrame({"different images needed": needs})
enough["here"] = distinct
enough["possible"] = np.where(enough.here >= enough["different images needed"], "yes", "no")
enough

# %% tags=["hide-input"]
gone = next(iter(left_out.items()), None)
if distinct < 3:
    raise ValueError(
        f"{images.source}: too few images. {distinct} that differ can be used, and 3 are the least. With 1 nothing can be "
        "trained (batch normalisation compares images); with 2 there are no clusters to compare (a silhouette "
        "needs more images than clusters) and no neighbours for a map. Add images"
        + (f"; {len(left_out)} were left out, such as {gone[0]} ({gone[1]})" if gone else "")
    )
config = TrainConfig(epochs=epochs, batch_size=batch_size, seed=seed)
steps = epochs * (n // batch_size)
paper_steps = TrainConfig().epochs * (sum(CLASS_COUNTS.values()) // TrainConfig().batch_size)
asked, k = k, max(2, min(k, distinct // 2))
if k < asked:
    print(f"k = {k} and not {asked}: a cluster should hold two images or more.")
print(f"{n} images in batches of {batch_size}, {epochs} epochs: {steps} steps of training.")
print(
    f"The paper's run has {paper_steps:,} steps; its {TrainConfig().epochs} epochs are profile 'paper'."
)
source = f"{images.source}, n = {n}, {size}×{size} pixels"

# %% mystnb={"figure": {"name": "fig-own-sheet", "caption": "Images of the folder as they are stored, evenly picked, each stretched to its own range of grey. Look for info bars, borders, and pictures that do not belong here."}}
shown = np.unique(np.linspace(0, n - 1, min(n, 32)).astype(int))
plots.contact_sheet(
    [images[i] for i in shown], [images.names[i] for i in shown], source=images.source
)

# %% [markdown]
# ## Preprocessing
#
# Crop, resize and normalise as in [](02_preprocessing). What all images share is no property of a defect: a
# bright side, a dark rim, a bar of text. Their average shows it ({numref}`fig-own-common`).

# %% mystnb={"figure": {"name": "fig-own-common", "caption": "The mean and the spread of all preprocessed images, place by place. In the mean a smooth slope is the microscope's shading, a sharp line at the rim a border or bar that the crop should take away. Right: where the images differ most."}}
pixels = pipeline.preprocess(images, step)
plots.common_look(pixels, source=source)

# %% [markdown]
# ## Training and embeddings
#
# The encoder learns from the images alone, as in [](04_encoder_and_training). Beside it stand three controls that
# learned nothing: the same encoder **untrained**, the **mean grey** of each image (one number), and its **shading** (two
# numbers: right less left, bottom less top). {numref}`fig-own-loss` shows how the training went.

# %% mystnb={"figure": {"name": "fig-own-loss", "caption": "The loss of the training, epoch by epoch. Falling and flat at the end: more epochs would change little. Still falling: raise epochs. It does not say whether the embeddings are of any use."}} tags=["nbval-ignore-output"]
training = pipeline.train(pixels, config)
training_curve({f"seed {seed}": training.history}, source=source)

# %%
features = {
    "trained encoder": embed(training.encoder, pixels),
    "untrained encoder": pipeline.untrained_features(pixels, config),
    "mean grey": mean_grey(pixels),
    "shading": shading_features(pixels),
}
if np.ptp(features["mean grey"]) < 1e-4:
    del features["mean grey"]  # under "zscore" all are 0, up to rounding
embeddings = features["trained encoder"]

# %% [markdown]
# ## How many clusters?
#
# No score knows. The silhouette, {eq}`eq-silhouette`, is high where groups are compact and apart; it is often highest
# for very few clusters, and it is as high for numbers that know nothing of defects ({numref}`fig-own-k`). Take k as the
# number of groups that you are ready to look at.

# %% mystnb={"figure": {"name": "fig-own-k", "caption": "Silhouette over the number of clusters, for the trained encoder (thick) and for controls (dashed). Heights of different lines do not rank the features: each is measured in its own space. If the thick line has no peak of its own, the silhouette gives no reason for any k."}} tags=["nbval-ignore-output"]
by_k = {
    i: {name: evaluate_clustering(x, k=i, seed=seed).silhouette for name, x in features.items()}
    for i in sorted({*range(2, min(10, distinct - 1) + 1), k})
}
plots.silhouette_by_k(pd.DataFrame(by_k).T, k, source=source)

# %% [markdown]
# ## The clusters
#
# {numref}`fig-own-clusters` shows what K-means puts together.

# %% mystnb={"figure": {"name": "fig-own-clusters", "caption": "A row is a cluster of K-means, largest first. First its mean image, in one grey scale for all clusters: where the means differ in brightness or slope, the clusters may be of the microscope's making. Then members, each stretched to its own range of grey, from the one nearest to the centre to the farthest, which may not belong there."}} tags=["nbval-ignore-output"]
scores = evaluate_clustering(embeddings, images.labels, k=k, seed=seed)
clusters = scores.assignments
centres = np.array([embeddings[clusters == c].mean(0) for c in np.unique(clusters)])
distance = np.linalg.norm(embeddings - centres[clusters], axis=1)
plots.cluster_examples(pixels, clusters, distance, source=source)

# %% [markdown]
# ## Which images does it call alike?
#
# {numref}`fig-own-neighbours` has one image of the smallest cluster, and the images whose features are nearest to its
# own. Put another number for `query`.

# %% mystnb={"figure": {"name": "fig-own-neighbours", "caption": "The query and its nearest neighbours: by the trained encoder, and by the controls. Do the neighbours in the first row share the form of the defect? If they share only the brightness of the ground, or if the rows below find the same images, training has added little. With labels, green frames are of the query's class."}} tags=["nbval-ignore-output"]
query = int(np.flatnonzero(clusters == clusters.max())[0])
nearest_images = {name: nearest_neighbours(x, min(6, n - 1)) for name, x in features.items()}
neighbour_rows(pixels, nearest_images, query, images.labels, source=source)

# %% [markdown]
# ## Defects, or the microscope?
#
# This is the step that must not be left out. In {numref}`tbl-own-images-controls`, **explained** is how much of a
# control's differences between images the clusters explain: at 1 an image's cluster tells its mean grey (or shading),
# at 0 it tells nothing. As a formula,
#
# $$
# R = 1 - \frac{\sum_i \lVert x_i - \bar x_{c(i)} \rVert^2 / (n - k)}
# {\sum_i \lVert x_i - \bar x \rVert^2 / (n - 1)}
# $$ (eq-explained)
#
# where $R$ is what is explained, $x_i$ is the control's value for image $i$ of $n$, $\bar x$ its mean over all images, and
# $\bar x_{c(i)}$ its mean over the images of the cluster of $i$, one of $k$. By chance {eq}`eq-explained` is about 0.
# **Same clusters** is the agreement (AMI, {eq}`eq-ami`) of the control's own clusters with ours. Sub-folders, file
# types and sizes stand below where there are several: agreement with them means that the clusters follow how images
# were taken or saved.

# %% mystnb={"table": {"name": "tbl-own-images-controls", "caption": "The clusters of the trained encoder beside controls that learned nothing, and beside how images were stored. –: not defined."}} tags=["nbval-ignore-output"]
table = shortcut_table(
    features,
    images.labels,
    facts={name: files[name] for name in ("sub-folder", "type", "size")},
    k=k,
    seed=seed,
)
table.rename(columns={"same_clusters": "same clusters", "nmi": "NMI with the labels"}).map(
    lambda x: "–" if pd.isna(x) else f"{round(x, 2) + 0:.2f}"  # + 0: no −0.00
)

# %% tags=["nbval-ignore-output"]
doubts = shortcut_warnings(table)
print(
    "WARNING"
    if doubts
    else "No control does as well. That alone does not make the clusters true."
)
for doubt in doubts:
    print(textwrap.fill(f"- {doubt}", WIDTH, subsequent_indent="  "))

# %% mystnb={"figure": {"name": "fig-own-strips", "caption": "Mean grey and shading of each image (a dot) by cluster, after normalisation; black lines are means. Clusters that are layers one above the other in a panel are sorted by that number."}} tags=["nbval-ignore-output"]
strips = {
    "mean grey": features.get("mean grey"),
    "right less left": features["shading"][:, :1],
    "bottom less top": features["shading"][:, 1:],
}
plots.cluster_strips(
    {name: x[:, 0] for name, x in strips.items() if x is not None}, clusters, source=source
)

# %% tags=["remove-cell", "nbval-ignore-output"]
book.glue("own_doubts", len(doubts))
for name, key in {"mean grey": "grey", "shading": "shading"}.items():
    if name in table.index:
        book.glue(f"own_explained_{key}", float(table.loc[name, "explained"]))
book.glue("own_same_untrained", float(table.loc["untrained encoder", "same_clusters"]))

# %% [markdown]
# In the example folder, the clusters explain {glue:text}`own_explained_grey:.0%` of the differences in mean grey and
# {glue:text}`own_explained_shading:.0%` of those in shading ({numref}`fig-own-strips`), and the untrained encoder's
# clusters agree with them with an AMI of {glue:text}`own_same_untrained:.2f`. Under `minmax` the mean grey says how
# dark or bright the most extreme pixel is, so these clusters are above all groups of grey level, and little of them was
# learned.
#
# A warning is a doubt and no proof: if each kind of defect came with its own grey or shading, clusters of defects would
# raise it too, and these images alone could not tell the two apart. What can be done: run again with another `normalize`
# and see what the clusters follow then (under `zscore` the mean grey cannot be it, but the shading may take over); take
# only images of one tool and one session; and look at the images, which the map below is for.
#
# ## A map to explore
#
# Move the pointer over a point to see its image. A click on a cluster in the legend hides it. The map only shows; the
# clusters were made from all dimensions of the embeddings. Distances between groups mean nothing in t-SNE and UMAP.

# %% tags=["nbval-ignore-output"]
method = projection if distinct >= FOR_NEIGHBOURS else "PCA"
if method == "PCA":
    xy = PCA(2).fit_transform(embeddings)
elif method == "UMAP":
    xy = pipeline.umap_layout(embeddings, n_neighbors=min(15, n - 1), seed=seed)
else:
    xy = pipeline.tsne_layout(embeddings, perplexity=min(30.0, (n - 1) / 3), seed=seed)
kept = projection_quality(embeddings, xy, n_neighbors=min(15, (n - 1) // 2)).trustworthiness
print(f"{method}, trustworthiness {kept:.2f} (1 is best)\ndata: {source}")
picked = np.linspace(0, n - 1, min(n, 400)).astype(int)
label = ["" if images.labels is None else f", label {images.labels[i]}" for i in picked]
captions = [
    f"{images.names[i]}, cluster {clusters[i]}{text}"
    for i, text in zip(picked, label, strict=True)
]
explorer(
    xy[picked],
    stretched(pixels[picked]),
    clusters[picked],
    captions,
    name="explorer-own",
    legend="cluster",
)

# %% [markdown]
# ## The results as files
#
# Files of these names from an earlier run are replaced; each is written whole or not at all.


# %%
def write(name: str, save) -> None:
    """Let ``save`` write a file beside its place, then move it there, and print its name."""
    part = results / f".{name}.part"
    try:
        with part.open("wb") as file:
            save(file)
        os.replace(part, results / name)
    finally:
        part.unlink(missing_ok=True)
    print(" ", name)


names = np.array(images.names)
listed = pd.DataFrame(
    {
        "file": names,
        "cluster": clusters,
        "x": xy[:, 0],
        "y": xy[:, 1],
        "distance_to_centre": distance,
    }
)
if images.labels is not None:
    listed["label"] = images.labels
arrays = {"files": names, "embedding": embeddings, "cluster": clusters, "centres": centres}
settings = {
    "source": images.source,
    "images": n,
    "fingerprint": images.fingerprint,
    "left_out": left_out,
    "border": border,
    "size": size,
    "normalize": normalize,
    "epochs": epochs,
    "batch_size": batch_size,
    "seed": seed,
    "k": k,
    "map": method,
    "warnings": doubts,
    "libraries": library_versions(),
}
print("a temporary folder" if scratch in results.parents else results.resolve())
write("clusters.csv", lambda file: listed.to_csv(file, index=False))
write("embeddings.npz", lambda file: np.savez(file, **arrays))
write("encoder.pt", lambda file: torch.save(training.encoder.state_dict(), file))
write("settings.json", lambda file: file.write(json.dumps(settings, indent=1).encode()))

# %% [markdown]
# New images of the same kind need no new training. Load the weights, preprocess in the same way, and take the nearest
# centre:

# %%
encoder = Encoder()
encoder.load_state_dict(torch.load(results / "encoder.pt", weights_only=True))
with np.load(results / "embeddings.npz", allow_pickle=False) as stored:
    new = step(images.subset([0, n - 1]))  # put SemImages.from_folder("new_images") here
    nearest = cdist(embed(encoder, new), stored["centres"]).argmin(1)
    print("The same cluster as before:", (nearest == stored["cluster"][[0, -1]]).tolist())

# %% [markdown]
# ## When the input is at fault
#
# Each of these stops with a message that names the file and says what to do. (Paths are shortened here.)


# %%
def refused(make) -> None:
    """Do what must fail, and print why."""
    try:
        make()
    except ValueError as error:
        print(textwrap.fill(str(error).replace(f"{scratch}{os.sep}", ""), WIDTH), end="\n\n")
    else:
        raise AssertionError("this should have been refused")


def bad_folder(name: str, table: str | None = None) -> Path:
    """Make a folder of one good image and perhaps a table of labels."""
    (scratch / name).mkdir()
    Image.fromarray(make_image(3, seed=seed, index=0, size=64)).save(
        scratch / name / "good.png"
    )
    if table is not None:
        (scratch / name / "labels.csv").write_text(table)
    return scratch / name


unreadable, stack, small = (bad_folder(name) for name in ("unreadable", "stack", "small"))
(unreadable / "bad.png").write_text("an HTML page that a download saved as an image")
tifffile.imwrite(stack / "focus_series.tif", np.zeros((5, 64, 64), np.uint8))
Image.fromarray(np.zeros((8, 64), np.uint8)).save(small / "label.png")
commas = bad_folder("commas", "image_path,file_name,label\ngood.png,good.png,3\n")
ghost = bad_folder(
    "ghost", "image_path;file_name;label\ngood.png;good.png;3\nlost.png;lost.png;3\n"
)

# %% [markdown]
# A file that is no image, and one that holds several:

# %%
refused(lambda: list(SemImages.from_folder(unreadable)))
refused(lambda: list(SemImages.from_folder(stack)))

# %% [markdown]
# An image smaller than the border:

# %%
refused(lambda: Preprocess(border=4)(SemImages.from_folder(small)))

# %% [markdown]
# A table with the wrong separator, and one that names a file that is not there:

# %%
refused(lambda: SemImages.from_folder(commas, commas / "labels.csv"))
refused(lambda: SemImages.from_folder(ghost, ghost / "labels.csv"))

# %% [markdown]
# With `on_error="skip"` the rest go on, a warning says how many were left out, and `skipped` lists them all:

# %%
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    rest = SemImages.from_folder(unreadable, on_error="skip")
print(textwrap.fill(str(caught[0].message).replace(f"{scratch}{os.sep}", ""), WIDTH))
rest.names, [name for name, _ in rest.skipped]
