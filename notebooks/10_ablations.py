# %% [markdown]
# # What each part of the method is for: ablations
#
# [![Open in Colab](../book/images/colab.svg)](https://colab.research.google.com/github/OWNER/semlib/blob/v0.1.0/notebooks/10_ablations.ipynb)
#
# An **ablation** takes one part away and trains again, from the same initial weights and with the images in the same
# order. Each of the following runs differs from [the paper's method](04_encoder_and_training) by one change, and one by two. Three
# things are looked at: whether the embeddings collapse (spread and effective rank, {eq}`eq-collapse`), how compact
# their clusters are (silhouette), and what the clusters tell about the labels (NMI). The encoder that training started
# from, and the mean grey of an image, stand beside them. Labels take no part in training.

# %% tags=["parameters"]
profile = "quick"  # "quick", "trial" or "paper": see the reading guide
dataset = "synthetic"  # "synthetic", "carinthia", "carinthia_s", or a folder of images
seed = 0
border = 4  # pixels cropped from each side of an image
n_images = None  # None: the profile's
size = None  # side in pixels after preprocessing; None: the profile's, and 32 in "quick": many trainings
precision = "float32"  # of the ablations' trainings: "float32" or "bf16"

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
from scipy.stats import spearmanr

from semlib import book
from semlib.plots import sem_ablations as plots
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
from semlib.sem.model import pair_losses
from semlib.sem.precision import compare_precisions, precision_table
from semlib.sem.preprocess import Preprocess
from semlib.sem.train import TrainConfig

use_style()
sizes = book.profile(profile)
size = size or (32 if profile == "quick" else sizes.size)
images = open_images(dataset, n=n_images or sizes.n_images, seed=seed)
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

# %% [markdown]
# ## The list
#
# {numref}`tbl-ablations-list` has all of them. Each is an option of `TrainConfig`, or of the statistics that batch
# normalisation uses afterwards. "p0 → z1" is one of the six ordered pairs of levels alone: the projection of L0 against
# the embedding of L1. Levels that no pair names are not encoded. Embeddings are taken at the finest level that takes
# part, so at L1 for "p1 → z2".

# %% mystnb={"table": {"name": "tbl-ablations-list", "caption": "The ablations by group, and what makes each from the paper's method."}}
listed = {
    name: {
        "group": ablation.group,
        "what changes": ", ".join(f"{key}={value!r}" for key, value in ablation.changes.items())
        or (
            f"statistics from levels {ablation.statistics}"
            if ablation.statistics
            else "nothing"
        ),
    }
    for name, ablation in ABLATIONS.items()
}
pd.DataFrame(listed).T

# %% [markdown]
# **No pyramid**, three views that are all the full image, is missing, because it is "L0 alone": the six pairs of equal views
# have the same loss and gradient (a test checks that). **No head, no stop-gradient** is in the list, but nothing new
# either. Every pair comes in both orders, so without a head the stop-gradient takes away exactly half of the gradient, and
# Adam divides the gradient by its size:

# %%
z = [
    torch.linspace(-1, 2, 12).mul(k + 1).sin().reshape(4, 3).requires_grad_() for k in range(3)
]
gradients = []
for stop_gradient in (True, False):
    loss = pair_losses(z, z, stop_gradient=stop_gradient).mean()
    gradients.append(torch.cat(torch.autograd.grad(loss, z)))
bool(torch.allclose(2 * gradients[0], gradients[1]))

# %% [markdown]
# So it should end where "no head" ends.
#
# ## The runs

# %% tags=["nbval-ignore-output"]
rows = run_ablations(
    pixels, images.labels, seeds=seeds, config=config, names=names, progress=False
)
grey = evaluate_clustering(mean_grey(pixels), images.labels)
scores, agreement = compare_precisions(
    pixels, images.labels, seeds=seeds, config=config, progress=False
)
histories = training_rows(pixels, seeds=seeds, config=config, names=names)
curves = histories.groupby(["ablation", "epoch"], sort=False)[["spread", "effective_rank"]]
curves = curves.mean().reset_index()
greys = {"silhouette": grey.silhouette, "nmi": grey.nmi}

# %% tags=["remove-cell", "nbval-ignore-output"]
results = {
    "rows": rows,
    "curves": curves,
    "precision_scores": scores,
    "precision_agreement": agreement,
}
for name, frame in results.items():
    book.glue(name, frame.round(5).to_dict("list"))
book.glue("source", source)
book.glue("mean_grey", greys)

# %% [markdown]
# Under the profile `quick` this run is small and leaves most of the list out. The figures below then show a recorded run
# of the whole list where the repository is at hand, and this run otherwise. Each figure says which data made it.
# {numref}`fig-ablation-curves` follows the trainings, {numref}`fig-ablation-dots` compares their ends.

# %%
recorded = book.recorded("10_ablations_trial") if quick else None
if recorded:
    values = recorded["values"]
    shown = {name: pd.DataFrame(values[name]) for name in results}
    shown_source, shown_grey = f"recorded run: {values['source']}", values["mean_grey"]
    shown_precision = recorded["provenance"]["parameters"].get("precision", "float32")
else:
    shown, shown_source, shown_grey, shown_precision = results, source, greys, precision
book.glue("shown_precision", shown_precision)
table = ablation_table(shown["rows"])

# %% mystnb={"figure": {"name": "fig-ablation-curves", "caption": "Spread (top) and effective rank (bottom, logarithmic) of the embeddings while they are trained, by epoch; means over the seeds. Black is the paper's method, in every column. Look at how far each line is from it, and at where all of them go. These are taken on batches during training; {numref}`fig-ablation-dots` has all images after it, so its values differ from the ends of the lines."}} tags=["nbval-ignore-output"]
plots.ablation_curves(shown["curves"], groups, reference=REFERENCE, source=shown_source)

# %% mystnb={"figure": {"name": "fig-ablation-dots", "caption": "After training (blue) and before (hollow), all images in evaluation mode. Light bars: 95 % intervals of the change against the paper's method, seed by seed; one that does not touch the black line is a difference that the seeds do not explain. The hollow circles are the first thing to look at: what training adds is the way from them to the blue dots."}} tags=["nbval-ignore-output"]
plots.ablation_dots(table, reference=REFERENCE, source=shown_source)

# %% [markdown]
# ## In numbers
#
# {numref}`tbl-ablations-scores` has the same runs in numbers; they were trained in {glue:text}`shown_precision`. Among
# that many intervals a few leave zero out by chance, so a few arrows mean nothing.


# %% mystnb={"table": {"name": "tbl-ablations-scores", "caption": "Scores of each ablation after training, means over the seeds. An arrow marks a change against the paper's method, up or down, whose 95 % interval leaves zero out."}} tags=["nbval-ignore-output"]
def arrow(row: pd.Series, measure: str) -> str:
    """Say whether the interval of the change is above or below zero, or holds it."""
    if row[f"{measure}_change_low"] > 0:
        return "▲"
    return "▼" if row[f"{measure}_change_high"] < 0 else ""


MEASURES = ("spread", "effective_rank", "silhouette", "nmi", "ami")
measures = [m for m in MEASURES if m in table]
digits = dict.fromkeys(measures, 3) | {"effective_rank": 1}
words = {
    plots.TITLES[m]: [f"{row[m]:.{digits[m]}f} {arrow(row, m)}" for _, row in table.iterrows()]
    for m in measures
}
pd.DataFrame(words, index=table.index)

# %% tags=["remove-cell", "nbval-ignore-output"]
change = {"▲": "higher", "▼": "lower", "": "not clearly different"}
for key, name in {
    "reference": REFERENCE,
    "no_stop": "no stop-gradient",
    "no_head": "no head",
    "l0": "L0 alone",
    "max": "max pooling",
    "own": "statistics anew, L0's own",
}.items():
    for measure in MEASURES:
        known = measure in measures  # without labels there is neither NMI nor AMI
        for end in ("", "_untrained"):
            value = float(table.loc[name, measure + end]) if known else float("nan")
            book.glue(f"{key}_{measure}{end}", value)
        word = (
            change[arrow(table.loc[name], measure)] if known else "not defined without labels"
        )
        book.glue(f"{key}_{measure}_word", word)
for key, name in {"no_stop": "no stop-gradient", "no_head": "no head"}.items():
    book.glue(
        f"{key}_verdict",
        "collapses" if table.loc[name, "spread"] < 0.1 else "does not collapse",
    )
falls = (
    shown["curves"][shown["curves"].ablation == "no stop-gradient"].spread.diff().iloc[-1] < 0
)
book.glue("no_stop_trend", "still falls" if falls else "no longer falls")
lower_rank = table.effective_rank < table.effective_rank_untrained
higher_silhouette = table.silhouette > table.silhouette_untrained
higher_nmi = table.nmi > table.nmi_untrained if "nmi" in table else pd.Series(dtype=bool)
book.glue("n_ablations", len(table))
book.glue("n_lower_rank", int(lower_rank.sum()))
book.glue("n_higher_silhouette", int(higher_silhouette.sum()))
book.glue("n_higher_nmi", int(higher_nmi.sum()))
book.glue("n_seeds", int(shown["rows"].seed.nunique()))
book.glue("shown_source", shown_source)
finer = {"fine to coarse": [(0, 1), (0, 2), (1, 2)], "coarse to fine": [(1, 0), (2, 0), (2, 1)]}
by_seed = shown["rows"].pivot(index="seed", columns="ablation", values=measures)
for key, pairs in finer.items():
    present = [f"p{j} → z{k}" for j, k in pairs if f"p{j} → z{k}" in table.index]
    for measure in MEASURES:
        known = present and measure in measures
        value = f"{by_seed[measure][present].mean(axis=None):.3f}" if known else "–"
        book.glue(f"{key.replace(' ', '_')}_{measure}", value)

# %% [markdown]
# **Does it collapse without the stop-gradient?** For SimSiam on photographs, with strong augmentation and a deep network,
# the answer is yes, at once {cite}`chen2021simsiam`. Here the network is shallow and ends in an average over all places,
# the views are one image at three sizes, and training is short. We call it a collapse when the spread of the finished
# embeddings is below a tenth. By that, training without the stop-gradient **{glue:text}`no_stop_verdict`**, and training
# without the head **{glue:text}`no_head_verdict`**. The spread is {glue:text}`no_stop_spread:.2f` and
# {glue:text}`no_head_spread:.2f`; the paper's method has {glue:text}`reference_spread:.2f`, the untrained encoder
# {glue:text}`reference_spread_untrained:.2f`. Against the paper's method, the spread without the stop-gradient is
# {glue:text}`no_stop_spread_word`, without the head {glue:text}`no_head_spread_word`. In the last epoch the spread without the
# stop-gradient {glue:text}`no_stop_trend`, so a longer training may end otherwise. {claim}`sem-stop-gradient`
# {claim}`sem-head-helps`
#
# **Partial collapse.** The effective rank ends below that of the untrained encoder in
# {glue:text}`n_lower_rank` of {glue:text}`n_ablations` rows. For the paper's method it goes from
# {glue:text}`reference_effective_rank_untrained:.1f` to {glue:text}`reference_effective_rank:.1f`, without the stop-gradient to
# {glue:text}`no_stop_effective_rank:.1f`, without the head to {glue:text}`no_head_effective_rank:.1f`. The spread does not show
# this: it can rise while the rank falls. The silhouette ends above the untrained encoder's in
# {glue:text}`n_higher_silhouette` rows, the NMI in {glue:text}`n_higher_nmi`.
#
# **Which pairs.** The paper averages over "selected resolution combinations" and does not name them. A single pair can be
# read in two directions: the projection of the finer view against the embedding of the coarser one, or the other way
# round. On average over the three pairs, the first has an NMI of {glue:text}`fine_to_coarse_nmi` and a silhouette of
# {glue:text}`fine_to_coarse_silhouette`, the second {glue:text}`coarse_to_fine_nmi` and {glue:text}`coarse_to_fine_silhouette`.
#
# **What the pyramid adds.** The full image alone has nothing to agree with but itself. Against the paper's method its
# silhouette ({glue:text}`l0_silhouette:.3f` and {glue:text}`reference_silhouette:.3f`) is {glue:text}`l0_silhouette_word`, its NMI
# ({glue:text}`l0_nmi:.3f` and {glue:text}`reference_nmi:.3f`; untrained {glue:text}`reference_nmi_untrained:.3f`)
# {glue:text}`l0_nmi_word`. {claim}`sem-cross-scale-separates`
#
# **Other pooling.** The largest value of each channel instead of its mean: silhouette {glue:text}`max_silhouette:.3f`
# ({glue:text}`max_silhouette_word`), NMI {glue:text}`max_nmi:.3f` ({glue:text}`max_nmi_word`), effective rank
# {glue:text}`max_effective_rank:.1f` ({glue:text}`max_effective_rank_word`). Its untrained encoder has an NMI of
# {glue:text}`max_nmi_untrained:.3f`.
#
# **Statistics of batch normalisation.** In training each view is normalised by its own batch, so the levels share weights
# but no statistics. For evaluation all levels go into one moving average. Statistics of L0 alone give an NMI of
# {glue:text}`own_nmi:.3f` ({glue:text}`own_nmi_word`) and a silhouette of {glue:text}`own_silhouette:.3f`
# ({glue:text}`own_silhouette_word`).
#
# ## Does collapse raise the silhouette?
#
# Few directions may make compact clusters. One number an image, its mean grey, is the extreme case: rank 1.
# {numref}`fig-rank-silhouette` sets the scores against the effective rank, {numref}`tbl-ablations-rank` has the
# correlations.

# %% mystnb={"figure": {"name": "fig-rank-silhouette", "caption": "Silhouette (left) and NMI (right) against the effective rank, one dot a run; hollow: untrained encoders. The star is the mean grey, one number an image. Read the left panel from right to left: does a run that uses fewer directions have a higher silhouette? Then see whether the NMI follows."}} tags=["nbval-ignore-output"]
plots.rank_and_silhouette(
    shown["rows"], mean_grey=shown_grey["silhouette"], source=shown_source
)

# %% mystnb={"table": {"name": "tbl-ablations-rank", "caption": "Spearman's rank correlation ρ of the effective rank with each score, over the means of the ablations, and its p-value."}} tags=["nbval-ignore-output"]
before = table.filter(like="_untrained").drop_duplicates()
relation = {}
for measure in [m for m in ("silhouette", "nmi", "ami") if m in table]:
    relation[measure] = {
        "trained": spearmanr(table.effective_rank, table[measure]),
        "trained, L0, average pooling": spearmanr(
            *table.loc[
                (table.level == 0) & ~table.index.str.contains("max"),
                ["effective_rank", measure],
            ].T.to_numpy()
        ),
        "untrained": spearmanr(before.effective_rank_untrained, before[f"{measure}_untrained"]),
    }
pd.DataFrame(
    {
        f"{plots.TITLES[measure]}, {name}": {
            "Spearman's ρ": result.statistic,
            "p": result.pvalue,
        }
        for measure, by_name in relation.items()
        for name, result in by_name.items()
    }
).T.round(3)


# %% tags=["remove-cell", "nbval-ignore-output"]
def said(result) -> str:
    """Put a rank correlation into words."""
    if result.pvalue > 0.05:
        return "does not hold clearly"
    return "holds" if result.statistic < 0 else "does not hold: it is the other way round"


for measure, by_name in relation.items():
    for key, result in zip(("all", "l0", "untrained"), by_name.values(), strict=True):
        book.glue(f"rho_{measure}_{key}", float(result.statistic))
        book.glue(f"rho_{measure}_{key}_said", said(result))
book.glue("grey_silhouette", shown_grey["silhouette"])
trends = {
    measure: 0 if by_name["trained"].pvalue > 0.05 else int(by_name["trained"].statistic * 100)
    for measure, by_name in relation.items()
}
words = {
    1: "rises with the rank",
    -1: "falls with the rank",
    0: "shows no clear trend with the rank",
}
for measure in ("nmi", "ami"):
    book.glue(f"{measure}_trend", words[int(np.sign(trends.get(measure, 0)))])
    book.glue(
        f"rho_{measure}",
        float(relation[measure]["trained"].statistic if measure in relation else "nan"),
    )
opposite = all(trends["silhouette"] * trends.get(m, 0) < 0 for m in ("nmi", "ami"))
book.glue("sign_verdict", "does not hold here" if opposite else "cannot be told from this")

# %% [markdown]
# Over the means of all ablations, Spearman's rank correlation of effective rank and silhouette is
# {glue:text}`rho_silhouette_all:.2f`. "The fewer directions, the higher the silhouette" **{glue:text}`rho_silhouette_all_said`**
# for the trained encoders, and **{glue:text}`rho_silhouette_untrained_said`** for the untrained ones
# ({glue:text}`rho_silhouette_untrained:.2f`). Among those with the paper's pooling and an embedding at L0 it is
# {glue:text}`rho_silhouette_l0:.2f`. The mean grey, with its one direction, has a silhouette of
# {glue:text}`grey_silhouette:.2f`. The NMI {glue:text}`nmi_trend` ({glue:text}`rho_nmi:.2f`), and the AMI, which takes out
# what chance gives, {glue:text}`ami_trend` ({glue:text}`rho_ami:.2f`). That a higher silhouette goes with clusters that agree
# better with the labels **{glue:text}`sign_verdict`** (it does not hold if NMI and AMI both fall where the silhouette
# rises). Rows share seeds and images, so the p-values are a guide and no proof.
#
# ## float32 and bf16
#
# Training in bfloat16 is faster where the processor has it. Is it the same method? The same seeds are trained in both
# precisions. What bf16 changes is set beside what another seed changes ({numref}`tbl-ablations-precision`,
# {numref}`fig-precision`).

# %% mystnb={"table": {"name": "tbl-ablations-precision", "caption": "Each measure in float32, with its 95 % interval over the seeds; the difference that training in bf16 makes, with its interval; and whether the mean in bf16 lies inside the interval of float32."}} tags=["nbval-ignore-output"]
compared = precision_table(shown["precision_scores"])
both = precision_table(shown["precision_scores"], "bf16 training and embedding")
compared.round(4).rename(index=plots.TITLES, columns=lambda name: name.replace("_", " "))

# %% mystnb={"figure": {"name": "fig-precision", "caption": "Left: bf16 less float32 of the same seed (dots) and the mean (bar), in units of the half width of float32's 95 % seed interval, which is the band. Right: how far the clusters agree with those of float32: the same seed trained in bf16 (with embeddings in float32, and in bf16), and, as a measure, float32 with another seed."}} tags=["nbval-ignore-output"]
plots.precision_dots(
    shown["precision_scores"],
    compared,
    shown["precision_agreement"],
    variant="bf16 training",
    source=shown_source,
)

# %% tags=["remove-cell", "nbval-ignore-output"]
agreed = shown["precision_agreement"].groupby("pair", sort=False).ari.mean()
outside = [plots.TITLES[name] for name in compared.index[~compared.inside.astype(bool)]]
outside_both = [plots.TITLES[name] for name in both.index[~both.inside.astype(bool)]]
book.glue("bf16_embed_verdict", ", ".join(outside_both) or "none")
for key, ari in zip(("bf16", "bf16_embed", "seed"), agreed, strict=True):
    book.glue(f"ari_{key}", float(ari))
half = (compared.float32_high - compared.float32_low) / 2
sure = compared.index[(compared.difference_low > -half) & (compared.difference_high < half)]
book.glue("bf16_sure", ", ".join(plots.TITLES[name] for name in sure) or "none")
verdict = "holds" if len(sure) == len(compared) else "cannot be told"
book.glue("bf16_verdict", f"does not hold for {', '.join(outside)}" if outside else verdict)
least = shown["precision_agreement"].groupby("pair", sort=False).ari.min()
for key, ari in zip(("bf16", "bf16_embed", "seed"), least, strict=True):
    book.glue(f"ari_{key}_least", float(ari))
if "nmi" in compared.index:
    pairs = shown["precision_scores"].pivot(index="seed", columns="variant", values="nmi")
    book.glue("bf16_nmi_most", float((pairs["bf16 training"] - pairs["float32"]).abs().max()))
for measure in compared.index:
    book.glue(f"bf16_{measure}_difference", float(compared.loc[measure, "difference"]))
    book.glue(f"bf16_{measure}_half", float(half[measure]))

# %% [markdown]
# "bf16 does not change the results beyond the seed interval": **{glue:text}`bf16_verdict`**. It would hold if the whole
# interval of the difference lay inside the seed interval, for every measure; it would not if the mean difference lay
# outside. The silhouette changes by {glue:text}`bf16_silhouette_difference:+.4f` on average, and its seed interval is
# ±{glue:text}`bf16_silhouette_half:.4f`; the NMI by {glue:text}`bf16_nmi_difference:+.4f` (±{glue:text}`bf16_nmi_half:.4f`). With
# {glue:text}`n_seeds` seeds the measures for which the whole interval lies inside are: {glue:text}`bf16_sure`.
#
# A single run does change: the largest difference in NMI is {glue:text}`bf16_nmi_most:.3f`. The ARI of its clusters with those
# of float32 is {glue:text}`ari_bf16:.2f` on average and {glue:text}`ari_bf16_least:.2f` at least; between two seeds of float32 it is
# {glue:text}`ari_seed:.2f`, and {glue:text}`ari_seed_least:.2f` at least. Where the first is not clearly above the second, bf16
# acts like another seed, and not like the same run. With embeddings in bf16 too the mean ARI is
# {glue:text}`ari_bf16_embed:.2f`; measures whose mean is outside the interval: {glue:text}`bf16_embed_verdict`. float32 remains
# the reference and the default.
