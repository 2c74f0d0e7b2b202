# %% [markdown]
# # What each part of the method is for: ablations
#
# An **ablation** takes one part away and trains again, from the same initial weights and with the images in the same
# order. Each of the following runs differs from [the paper's method](04_encoder_and_training) by one change. Three things
# are looked at: whether the embeddings collapse (spread and effective rank), how compact their clusters are (silhouette),
# and what the clusters tell about the labels (NMI). The encoder that training started from, and the mean grey of an image,
# stand beside them. Labels take no part in training.

# %% tags=["parameters"]
profile = "quick"  # "quick", "trial" or "paper": see the reading guide
dataset = "synthetic"  # "synthetic", "carinthia", "carinthia_s", or a folder of images
seed = 0
border = 4  # pixels cropped from each side of an image
size = None  # side in pixels after preprocessing; None: the profile's
precision = "float32"  # of the ablations' trainings: "float32" or "bf16"

# %% tags=["hide-input"]
# On Colab only: install semlib. Its requirements are lower bounds, so Colab keeps its own torch and numpy.
import importlib.util
import subprocess
import sys

if "google.colab" in sys.modules and importlib.util.find_spec("semlib") is None:
    source = "semlib @ git+https://github.com/OWNER/semlib@v0.1.0"
    subprocess.run([sys.executable, "-m", "pip", "install", "-q", source], check=True)

from semlib import book
from semlib.plots.style import use_style
from semlib.sem import pipeline
from semlib.sem.ablations import (
    ABLATIONS,
    REFERENCE,
    ablation_table,
    run_ablations,
    training_rows,
)
from semlib.sem.baselines import mean_grey
from semlib.sem.data import open_images
from semlib.sem.evaluate import evaluate_clustering
from semlib.sem.precision import compare_precisions
from semlib.sem.preprocess import Preprocess
from semlib.sem.train import TrainConfig

use_style()
sizes = book.profile(profile)
size = size or sizes.size
images = open_images(dataset, n=sizes.n_images, seed=seed)
pixels = pipeline.preprocess(images, Preprocess(border=border, size=size))
config = TrainConfig(
    epochs=sizes.epochs, batch_size=min(32, len(pixels)), seed=seed, precision=precision
)
quick = profile == "quick"  # a few ablations and two seeds, so that it takes seconds
seeds = range(seed, seed + (2 if quick else sizes.seeds))
names = [
    REFERENCE,
    "no stop-gradient",
    "no head",
    "p0 → z1",
    "L0 alone",
    "max pooling",
    "statistics anew, L0's own",
]
names = names if quick else list(ABLATIONS)
facts = f"{images.source}, n = {len(images)}, {size}×{size} pixels, {sizes.epochs} epochs"
source = f"{facts}, {len(seeds)} seeds"
groups = {name: ablation.group for name, ablation in ABLATIONS.items()}

# %% tags=["nbval-ignore-output"]
rows = run_ablations(
    pixels, images.labels, seeds=seeds, config=config, names=names, progress=False
)
table = ablation_table(rows)
grey = evaluate_clustering(mean_grey(pixels), images.labels)

# %% tags=["nbval-ignore-output"]
histories = training_rows(pixels, seeds=seeds, config=config, names=names)
curves = histories.groupby(["ablation", "epoch"], sort=False)[["spread", "effective_rank"]]
curves = curves.mean().reset_index()

# %% tags=["nbval-ignore-output"]
scores, agreement = compare_precisions(
    pixels, images.labels, seeds=seeds, config=config, progress=False
)

# %% tags=["remove-cell", "nbval-ignore-output"]
for name, frame in {
    "rows": rows,
    "curves": curves,
    "precision_scores": scores,
    "precision_agreement": agreement,
}.items():
    numbers = frame.select_dtypes("float").columns
    book.glue(name, frame.astype(dict.fromkeys(numbers, float)).round(5).to_dict("list"))
book.glue("source", source)
book.glue("mean_grey", {"silhouette": grey.silhouette, "nmi": grey.nmi})
