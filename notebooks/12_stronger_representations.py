# %% [markdown]
# # Beyond the paper: stronger representations
#
# [![Open in Colab](../book/images/colab.svg)](https://colab.research.google.com/github/OWNER/semlib/blob/v0.1.0/notebooks/12_stronger_representations.ipynb)
#
# Is there more in these images than the paper's embedding holds? This page keeps the paper's encoder, optimiser, batches
# and epochs, and changes only what it learns from. **SimSiam** {cite}`chen2021simsiam` and **VICReg**
# {cite}`bardes2022vicreg` learn, like the paper, without labels, but from two random **views** of the same image in place
# of two sizes. A **supervised** network, which is told the classes, shows how far one could get: it is a bound, not a
# rival.
#
# Two questions are asked of all of them. What do K-means clusters say, as in the paper? And what can a **probe** read: a
# simple classifier, trained on the embeddings of some images and their labels, and scored on others?

# %% tags=["parameters"]
profile = "quick"  # "quick", "trial" or "paper": see the reading guide
dataset = "synthetic"  # "synthetic", "carinthia", "carinthia_s", or a folder of labelled images
seed = 0
border = 4  # pixels cropped from each side of an image
side = 32  # pixels after preprocessing, less than the profile's: this page trains dozens of networks
seeds = 2  # trainings of each network without labels
epochs = None  # None: the profile's, and 3 in "quick"
precision = "float32"  # or "bf16": faster on newer CPUs and on GPUs

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
import torch

from semlib import book
from semlib.plots import sem_stronger as plots
from semlib.plots.style import use_style
from semlib.sem import pipeline
from semlib.sem.data import SemImages, open_images
from semlib.sem.preprocess import Preprocess
from semlib.sem.stronger.augment import Augment, augmented
from semlib.sem.stronger.probe import linear_probe, probe_folds
from semlib.sem.stronger.probe_table import held_out_row, probe_gains, probe_table
from semlib.sem.synthetic import CLASS_NAMES, Cues
from semlib.sem.table import SSL, method_features
from semlib.sem.train import TrainConfig
from semlib.split import content_groups

use_style()
pd.set_option("display.max_colwidth", None)
sizes = book.profile(profile)
opened = {"as taken": open_images(dataset, n=sizes.n_images, seed=seed)}
if dataset == "synthetic":
    plain = SemImages.synthetic(n=sizes.n_images, seed=seed, cues=Cues(shading=False))
    opened["shading off"] = plain
pixels = {
    name: pipeline.preprocess(images, Preprocess(border=border, size=side))
    for name, images in opened.items()
}
labels = opened["as taken"].labels
if labels is None:
    raise ValueError(f"dataset={dataset!r} has no labels; a probe needs them")
source = f"{opened['as taken'].source}, n = {len(labels)}, {side}×{side} pixels"

# %% [markdown]
# ## What a view may change
#
# What two views share, training keeps; what they do not share, it gives up. In these images the direction of the
# **shading** differs between the classes, so it is a shortcut to the label that has nothing to do with the defect. Views
# that keep it leave the shortcut open. Views that are turned and mirrored, and get a random plane of brightness added
# (**shading jitter**), close it. All other changes (crop, blur, brightness, contrast) have SimSiam's own values; they were
# fixed before anything was trained, and none was fitted to these images. {numref}`fig-views` shows views of both kinds.

# %% mystnb={"figure": {"name": "fig-views", "caption": "One image and random views of it, of two kinds. Above, views that keep the direction of the shading; below, views that change it too. Two views of a row are what SimSiam and VICReg are shown as \"the same\". A crop may cut the defect away: then the two views share the background only."}} tags=["nbval-ignore-output"]
example = np.flatnonzero(labels == np.unique(labels)[0])[0]
sharp = pipeline.preprocess(
    opened["as taken"].subset([example]), Preprocess(border=border, size=224)
)
batch = torch.from_numpy(sharp).unsqueeze(1).expand(6, -1, -1, -1)
views = {
    name: augmented(batch, augment, torch.Generator().manual_seed(seed))[:, 0].numpy()
    for name, augment in {
        "shading kept": Augment().keeping_shading(),
        "shading changed": Augment(),
    }.items()
}
plots.view_rows(sharp[0], views, source=opened["as taken"].source)

# %% [markdown]
# ## How it is scored
#
# Probes are scored by **macro accuracy**, the mean of the classes' recalls, on images that the probe was not trained on
# (five folds; images with equal contents stay together; features are standardised inside the fold). Chance is one over
# the number of classes. A class with fewer images than folds cannot be scored and is left out
# ({numref}`tbl-stronger-classes`).

# %% mystnb={"table": {"name": "tbl-stronger-classes", "caption": "Images of each class in the run that made this page, and whether a probe can be scored on it."}}
groups = content_groups(pixels["as taken"])
folds = probe_folds(labels, groups, n_splits=5, seed=seed)
book.glue("n_classes_scored", len(folds.classes))
book.glue("classes_left_out", ", ".join(map(str, folds.left_out)) or "none")
pd.DataFrame(
    {
        "what": pd.Series(CLASS_NAMES) if dataset == "synthetic" else "",
        "images": pd.Series(labels).value_counts().sort_index(),
        "scored by probes": dict.fromkeys(folds.classes.tolist(), "yes")
        | dict.fromkeys(folds.left_out, "too few"),
    }
).rename_axis("class")

# %% [markdown]
# Even in the full Carinthia, class 5 has four images, too few for five folds, and class 2 has eight: a recall of one or
# two test images a fold, which says next to nothing.
#
# ## The features
#
# The rivals get the layers behind the encoder that their papers describe, at the same ratios of widths, and the weights
# of the losses that their papers give. They do not get these papers' larger batches, hundreds of epochs and optimisers:
# the protocol is that of paper 1. They might do better with more of each.

# %%
epochs = epochs or (3 if profile == "quick" else sizes.epochs)
configs = [
    TrainConfig(
        epochs=epochs, batch_size=min(32, len(labels)), seed=seed + i, precision=precision
    )
    for i in range(seeds)
]
KEPT = "SimSiam, shading kept"
RIVALS = {
    KEPT: ("simsiam", Augment().keeping_shading()),
    "SimSiam": ("simsiam", Augment()),
    "VICReg": ("vicreg", Augment()),
}
BOUND = "Supervised (sees labels)"
KEYS = {
    "GLCM": "glcm",
    "LBP": "lbp",
    "Wavelet": "wavelet",
    "PCA": "pca",
    "Mean grey (1 number)": "mean_grey",
    "Shading (2 numbers)": "shading",
    "Untrained encoder": "untrained",
    SSL: "ssl",
    KEPT: "simsiam_kept",
    "SimSiam": "simsiam",
    "VICReg": "vicreg",
    BOUND: "bound",
}

GAINS = [
    (SSL, "Untrained encoder"),
    ("SimSiam", SSL),
    ("VICReg", SSL),
    ("VICReg", "Untrained encoder"),
    (KEPT, "SimSiam"),
    (BOUND, "VICReg"),
]

# %% tags=["nbval-ignore-output"]
tables, gains, confusions = {}, {}, {}
for kind, x in pixels.items():
    features = method_features(x, configs)
    for name, (method, augment) in RIVALS.items():
        if name != KEPT or kind == "as taken":  # without shading there is none to keep
            features[name] = [
                pipeline.stronger_features(x, config, method=method, augment=augment)
                for config in configs
            ]
    features = {name: features[name] for name in KEYS if name in features}
    # The bound may use whatever there is, so its views keep the shading.
    told = pipeline.supervised_features(
        x, labels, folds, configs[0], augment=Augment().keeping_shading()
    )
    table = probe_table(features, labels, folds, seed=seed)
    bound = held_out_row(told, labels, folds, name=BOUND, seed=seed)
    tables[kind] = pd.concat([table, bound])
    features[BOUND] = [told]
    pairs = [pair for pair in GAINS if set(pair) <= set(features)]
    gains[kind] = probe_gains(features, labels, folds, pairs)
    for name in (SSL, "VICReg", BOUND):
        counts = sum(linear_probe(x, labels, folds).confusion for x in features[name])
        confusions[f"{name}, {kind}"] = counts.tolist()
this_run = {
    "tables": {kind: table.round(4).to_dict() for kind, table in tables.items()},
    "gains": {kind: table.round(4).to_dict() for kind, table in gains.items()},
    "confusions": confusions,
    "classes": folds.classes.tolist(),
    "chance": folds.chance,
    "source": source,
    "seeds": seeds,
    "epochs": epochs,
    "precision": precision,
}
for name, value in this_run.items():
    book.glue(name, value)

# %% [markdown]
# ## What came out
#
# With {glue:text}`n_here` images and {glue:text}`epochs` epochs, the run that made this page learns little. So what is
# shown is a larger one, kept in the repository with its provenance (`results/12_stronger_representations_trial.json`):
# {glue:text}`shown_source`, {glue:text}`shown_epochs` epochs in {glue:text}`shown_precision`, {glue:text}`shown_seeds` seeds of each network without
# labels, and one network a fold with labels. On Colab, where that file is not at hand, or with other parameters, it is the
# run itself. {numref}`fig-beyond` has the scores.

# %% tags=["remove-cell"]
stored = None
if profile == "quick" and dataset == "synthetic":
    stored = book.recorded("12_stronger_representations_trial")
shown = this_run
if stored:
    shown = stored["values"]
shown_tables = {
    kind: pd.DataFrame(table).reindex([name for name in KEYS if name in table["nmi"]])
    for kind, table in shown["tables"].items()
}
book.glue("n_here", len(labels))
for name in ("source", "epochs", "seeds", "chance", "precision"):
    book.glue(f"shown_{name}", shown[name])
book.glue("shown_classes", ", ".join(map(str, shown["classes"])))

# %% mystnb={"figure": {"name": "fig-beyond", "caption": "Clusters (above) and probes (below) of each kind of features, on the twin with its shading (blue) and without it (orange); dotted: chance. Bars are 95 % intervals, over seeds for clusters and rank, over folds for probes. Look down the two probe panels: how far behind the trained networks are the rows without any learning (GLCM, LBP, wavelet, the untrained encoder)? Do the intervals overlap?"}}
plots.probe_dots(
    shown_tables, chance=shown["chance"], groups=(4, 7, 8, 11), source=shown["source"]
)

# %% [markdown]
# The supervised row is scored fold by fold, on the images that its network was not trained on; its clusters are therefore
# of a fifth of the images. Silhouettes of different features do not compare, here as everywhere.
#
# Whether one method tells the classes better than another is judged on the same folds, by the difference of their macro
# accuracies ({numref}`fig-gains`). It **holds** where the whole interval is above 0, **does not hold** (the reverse
# does) where it is below, and otherwise **cannot be told** with so few images of the small classes
# ({numref}`tbl-stronger-verdicts`).

# %% mystnb={"figure": {"name": "fig-gains", "caption": "By how much the first method's macro accuracy exceeds the second's, on the same folds, with 95 % intervals; on the twin with its shading (blue) and without it (orange). A filled dot: the whole interval lies on one side of 0."}}
plots.gain_dots(
    {kind: pd.DataFrame(table) for kind, table in shown["gains"].items()},
    source=shown["source"],
)


# %% mystnb={"table": {"name": "tbl-stronger-verdicts", "caption": "Does the first method tell the classes better than the second? Verdicts by the interval of the difference, for the nearest-neighbour probe (k-NN) and the linear one, with the shading and without it."}}
def verdict(low: float, high: float) -> str:
    """What the interval of a difference says."""
    if low > 0:
        return "holds"
    return "does not hold" if high < 0 else "cannot be told"


verdicts = pd.DataFrame(
    {
        f"{kind}: {title}": {
            pair.replace(" − ", " tells more than "): verdict(
                row[f"{key}_low"], row[f"{key}_high"]
            )
            for pair, row in pd.DataFrame(table).iterrows()
        }
        for kind, table in shown["gains"].items()
        for key, title in {"knn": "k-NN", "linear": "linear"}.items()
    }
).fillna("–")
verdicts

# %% tags=["remove-cell"]
said = verdicts.stack()
said = said[said != "–"]
sure = said[said != "cannot be told"]
told = "It can be told for some" if len(sure) > len(said) / 4 else "Cannot be told here"
book.glue("told", told if len(sure) == 0 or told[0] == "I" else f"{told}, with few exceptions")
book.glue("n_compared", len(said))
book.glue("n_sure", len(sure))
book.glue("n_sure_by_chance", 0.05 * len(said))
book.glue("sure", "; ".join(f"{a}, {b}: {word}" for (a, b), word in sure.items()) or "none")
for kind, table in shown_tables.items():
    short = {"as taken": "on", "shading off": "off"}[kind]
    for name, row in table.iterrows():
        for score in ("silhouette", "nmi", "knn", "linear", "rank"):
            book.glue(f"{short}_{KEYS[name]}_{score}", float(row[score]))
    first = table.silhouette.idxmax()
    book.glue(f"{short}_first", first)
    book.glue(f"{short}_first_linear", float(table.linear[first]))
    learned = table.drop(index=["Mean grey (1 number)", "Shading (2 numbers)", "PCA"])
    book.glue(f"{short}_linear_least", float(learned.linear.min()))
    book.glue(f"{short}_linear_most", float(learned.linear.max()))

# %% [markdown]
# ### Does a stronger method tell the classes better than the paper's?
#
# **{glue:text}`told`.** Of {glue:text}`n_compared` differences {glue:text}`n_sure` has an interval
# on one side of 0, and about {glue:text}`n_sure_by_chance:.1f` would by chance alone. These are: {glue:text}`sure`.
#
# The linear probe reads {glue:text}`on_ssl_linear:.2f` from the paper's embedding, {glue:text}`on_simsiam_linear:.2f` from
# SimSiam's and {glue:text}`on_vicreg_linear:.2f` from VICReg's; but also {glue:text}`on_untrained_linear:.2f` from an
# untrained network, and {glue:text}`on_glcm_linear:.2f` from GLCM's five numbers. On this twin the classes that can be
# scored are easy: all rows but PCA, mean grey and shading lie between {glue:text}`on_linear_least:.2f` and
# {glue:text}`on_linear_most:.2f`. Too easy to rank representations; real images may be harder, and that is not tested here.
#
# ### What does the shading do?
#
# The shading's two numbers alone give {glue:text}`on_shading_linear:.2f` with the linear probe. Without shading in the
# images the same two numbers give {glue:text}`off_shading_linear:.2f` (chance: {glue:text}`shown_chance:.2f`). So a probe
# that is right on images as taken need not have seen a defect. Without shading the nearest neighbours read
# {glue:text}`off_ssl_knn:.2f` from the paper's embedding ({glue:text}`on_ssl_knn:.2f` with it), and
# {glue:text}`off_vicreg_knn:.2f` from VICReg's ({glue:text}`on_vicreg_knn:.2f`); their intervals overlap. That views which
# keep the shading give other probes than views which change it cannot be told either: macro accuracies of
# {glue:text}`on_simsiam_kept_linear:.2f` and {glue:text}`on_simsiam_linear:.2f`. Other cues of how the images were taken
# (grain, bands, specks) are left in both twins.
#
# ### What do the clusters say of it?
#
# Little. With shading, NMI is {glue:text}`on_ssl_nmi:.2f` for the paper's method, {glue:text}`on_simsiam_nmi:.2f` for
# SimSiam, {glue:text}`on_vicreg_nmi:.2f` for VICReg and {glue:text}`on_bound_nmi:.2f` for the network that was told the
# classes; silhouettes are {glue:text}`on_ssl_silhouette:.2f`, {glue:text}`on_simsiam_silhouette:.2f`,
# {glue:text}`on_vicreg_silhouette:.2f` and {glue:text}`on_bound_silhouette:.2f`. The highest silhouette belongs to
# "{glue:text}`on_first`" (linear probe {glue:text}`on_first_linear:.2f`), and without shading to
# "{glue:text}`off_first`" (linear probe {glue:text}`off_first_linear:.2f`). A high silhouette alone does not say whether
# the classes can be read off. The paper's embedding uses an effective rank of {glue:text}`on_ssl_rank:.1f`, VICReg's
# {glue:text}`on_vicreg_rank:.1f`, the untrained network's {glue:text}`on_untrained_rank:.1f`.
#
# ### Is the bound one?
#
# Not strictly. With shading the linear probe reads {glue:text}`on_bound_linear:.2f` from the supervised network's
# held-out embeddings, without shading {glue:text}`off_bound_linear:.2f`, where VICReg has {glue:text}`off_vicreg_linear:.2f`
# (the difference cannot be told). It shows what this protocol gets out of labels with a few examples of the small classes,
# not the most that is possible. {numref}`fig-confusions` shows which classes the probe takes for which.

# %% mystnb={"figure": {"name": "fig-confusions", "caption": "What the linear probe takes each class for, on images that it was not trained on, as shares of the class (rows). Images as taken, with their shading. A small class is a handful of images: one image more or less moves its row by several per cent."}}
names = {
    c: f"{c} {CLASS_NAMES.get(c, '')}" if dataset == "synthetic" else str(c)
    for c in shown["classes"]
}
plots.confusions(
    {
        name: np.array(shown["confusions"][f"{name}, as taken"])
        for name in (SSL, "VICReg", BOUND)
    },
    list(names.values()),
    source=shown["source"],
)

# %% [markdown]
# ## The small run that made this page
#
# {numref}`tbl-stronger-small` has the same scores on {glue:text}`n_here` images, {glue:text}`n_classes_scored` classes
# large enough for five folds (left out: {glue:text}`classes_left_out`). A probe of PCA says nothing here: 128
# components of so few images, each scaled to the same spread, put all images equally far apart.

# %% mystnb={"table": {"name": "tbl-stronger-small", "caption": "Scores of the small run, with the shading and without it: silhouette, NMI and AMI of the clusters, macro accuracy of the two probes (k-NN, linear), and effective rank."}} tags=["nbval-ignore-output"]
columns = {
    "silhouette": "silhouette",
    "nmi": "NMI",
    "ami": "AMI",
    "knn": "k-NN",
    "linear": "linear",
    "rank": "effective rank",
}
both = pd.concat(
    {kind: table[list(columns)] for kind, table in tables.items()}, names=["images"]
)
both.rename(columns=columns).round(2)
