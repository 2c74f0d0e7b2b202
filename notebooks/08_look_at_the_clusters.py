# %% [markdown]
# # Look at the clusters
#
# [![Open in Colab](../book/images/colab.svg)](https://colab.research.google.com/github/OWNER/semlib/blob/v0.1.0/notebooks/08_look_at_the_clusters.ipynb)
#
# Scores hide what a clustering does; pictures show it. This chapter looks at the images that the methods call alike, at
# what lies in each cluster, and at what the encoder looks at. Labels colour the pictures after the fact and take no part
# in anything else.

# %% tags=["parameters"]
profile = "quick"  # "quick", "trial" or "paper": see the reading guide
dataset = "synthetic"  # "synthetic", "carinthia", "carinthia_s", or a folder of images
seed = 0
border = 4  # pixels cropped from each side of an image
k = 6  # clusters, as in the paper

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
from scipy.spatial.distance import pdist
from scipy.stats import spearmanr
from sklearn.decomposition import PCA

from semlib import book
from semlib.plots import sem_activations, sem_clusters
from semlib.plots.style import use_style
from semlib.sem import attribution, defect_masks, neighbours, pipeline
from semlib.sem.data import SemImages, open_images
from semlib.sem.evaluate import evaluate_clustering
from semlib.sem.preprocess import Preprocess, normalize
from semlib.sem.synthetic import CLASS_NAMES, Cues
from semlib.sem.table import method_features
from semlib.sem.train import TrainConfig, embed, untrained

use_style()
sizes = book.profile(profile)
side = max(128, sizes.size)  # smaller images would leave too few places to see where it looks
images = open_images(dataset, n=sizes.n_images, seed=seed)
labels = images.labels
step = Preprocess(border=border, size=side)
pixels = pipeline.preprocess(images, step)
config = TrainConfig(epochs=sizes.epochs, batch_size=min(32, len(pixels)), seed=seed)
source = f"{images.source}, n = {len(images)}, {side}×{side} pixels"
book.glue("look_n", len(images))
values = {}  # what the text and the last table show


def keep(name: str, value: float) -> None:
    """Hand a number to the text."""
    values[name] = float(value)
    book.glue(f"look_{name}", values[name])


# %% tags=["nbval-ignore-output"]
SHORT = {
    "SSL (paper's method)": "SSL",
    "Untrained encoder": "untrained",
    "PCA": "PCA",
    "GLCM": "GLCM",
    "LBP": "LBP",
    "Wavelet": "wavelet",
    "Mean grey (1 number)": "mean grey",
    "Shading (2 numbers)": "shading",
}
by_row = method_features(pixels, [config])
features = {short: by_row[row][0] for row, short in SHORT.items()}

# %% [markdown]
# ## Which images does a method call alike?
#
# Each row of {numref}`fig-neighbours-1` shows the same image, the **query**, and the six images whose features are
# nearest to its own. {numref}`fig-neighbours-2` and {numref}`fig-neighbours-3` have queries of two other classes.
# Beside the rows stands how often a neighbour is of its image's own class, over all images. Most images are of one
# class, so neighbours drawn at random are often of the same class too (black line). The **mean of classes** counts each
# class once, whatever its size; there chance is low.

# %%
near = min(6, len(images) - 1)
nearest = {
    name: neighbours.nearest_neighbours(x, near)
    for name, x in features.items()
    if name != "shading"
}
shares = (
    {name: neighbours.same_class_share(rows, labels) for name, rows in nearest.items()}
    if labels is not None
    else None
)
by_size = [] if labels is None else pd.Series(labels).value_counts().index
queries = (
    [int(np.flatnonzero(labels == label)[0]) for label in by_size[:3]]
    if labels is not None
    else np.linspace(0, len(images) - 1, min(3, len(images))).astype(int).tolist()
)

# %% mystnb={"figure": {"name": "fig-neighbours-1", "caption": "An image of the largest class and its nearest neighbours by each method. Green frames: the same class; the small number is the class. Nearly every row is green, and says little: neighbours picked at random would be as green as the black lines say."}} tags=["nbval-ignore-output"]
sem_clusters.neighbour_rows(pixels, nearest, queries[0], labels, shares, source=source)

# %% mystnb={"figure": {"name": "fig-neighbours-2", "caption": "An image of the second largest class (in the twin a pit). Compare the rows for SSL, untrained and mean grey: look whether the neighbours share the form of the defect, or only the brightness of the ground around it."}} tags=["nbval-ignore-output"]
sem_clusters.neighbour_rows(
    pixels, nearest, queries[min(1, len(queries) - 1)], labels, shares, source=source
)

# %% mystnb={"figure": {"name": "fig-neighbours-3", "caption": "An image of the third largest class (in the twin: no defect, strong shading). A large dark defect and an empty, shaded image can be neighbours where only the mean of all greys counts."}} tags=["nbval-ignore-output"]
sem_clusters.neighbour_rows(
    pixels, nearest, queries[min(2, len(queries) - 1)], labels, shares, source=source
)

# %% tags=["remove-cell", "nbval-ignore-output"]
if shares is not None:
    keys = {
        "SSL": "trained",
        "untrained": "untrained",
        "mean grey": "grey",
        "PCA": "pca",
        "LBP": "lbp",
    }
    for name, key in keys.items():
        keep(f"near_{key}", shares[name].share)
        keep(f"macro_{key}", shares[name].macro_share)
    keep("near_chance", shares["SSL"].chance)
    keep("macro_chance", shares["SSL"].macro_chance)

# %% [markdown]
# On this run {glue:text}`look_near_trained:.0%` of the neighbours under SSL are of the same class, under the untrained
# encoder {glue:text}`look_near_untrained:.0%`, under the mean grey {glue:text}`look_near_grey:.0%`; by chance it
# would be {glue:text}`look_near_chance:.0%`. As the mean of classes: SSL {glue:text}`look_macro_trained:.2f`, untrained
# {glue:text}`look_macro_untrained:.2f`, mean grey {glue:text}`look_macro_grey:.2f`, LBP
# {glue:text}`look_macro_lbp:.2f`, PCA {glue:text}`look_macro_pca:.2f`, chance {glue:text}`look_macro_chance:.2f`.
# {numref}`tbl-look-by-class` has the same by class, for LBP. {claim}`sem-classes-apart`

# %% mystnb={"table": {"name": "tbl-look-by-class", "caption": "Share of an image's neighbours under LBP that are of its own class, and what chance gives. A dash: a class of one image has no neighbour of its own."}}
shares["LBP"].by_class.round(3) if shares is not None else "no labels"

# %% [markdown]
# ## What lies in each cluster?
#
# The clusters are those of K-means, as in [](06_clustering_metrics). The images nearest to a cluster's centre show what
# it stands for: {numref}`fig-montage` for SSL, {numref}`fig-montage-untrained` for the untrained encoder.

# %% tags=["nbval-ignore-output"]
k = min(k, len(images) - 1)
scores = {name: evaluate_clustering(x, labels, k=k, seed=seed) for name, x in features.items()}
clusters = {name: score.assignments for name, score in scores.items()}
grey = features["mean grey"][:, 0]
contents = {
    name: neighbours.cluster_table(clusters[name], labels=labels, grey=grey)
    for name in ("SSL", "untrained")
}

# %% mystnb={"figure": {"name": "fig-montage", "caption": "The clusters of SSL: the 12 images nearest to each centre, the nearest first. Frames are coloured by class. Look at the backgrounds: within a cluster they have the same grey, from cluster to cluster they differ. Images of different classes meet where their backgrounds agree."}} tags=["nbval-ignore-output"]
sem_clusters.cluster_montages(
    pixels,
    neighbours.nearest_to_centres(features["SSL"], clusters["SSL"]),
    contents["SSL"],
    labels,
    source=source,
)

# %% mystnb={"figure": {"name": "fig-montage-untrained", "caption": "The clusters of the untrained encoder: the images nearest to each centre, the nearest first. Compare the mean greys in the panels' titles with those of {numref}`fig-montage`."}} tags=["nbval-ignore-output"]
sem_clusters.cluster_montages(
    pixels,
    neighbours.nearest_to_centres(features["untrained"], clusters["untrained"]),
    contents["untrained"],
    labels,
    source=source,
)

# %% [markdown]
# ## Silhouettes, image by image
#
# The silhouette of a method, {eq}`eq-silhouette`, is a mean over images. The bars of {numref}`fig-silhouettes` show all
# of them: a good clustering has blunt blocks that reach far to the right; a thin tail towards zero, or below, is made
# of images between two clusters.

# %% mystnb={"figure": {"name": "fig-silhouettes", "caption": "The silhouette of each image, sorted within its cluster (colours and numbers, largest cluster first); dashed and in the title: the mean. A cluster that is far off from all others lifts the mean. Compare SSL with the mean grey, which is one number an image: nothing but that is needed for blunt bars."}} tags=["nbval-ignore-output"]
sem_clusters.silhouette_bars(
    {name: neighbours.silhouettes(x, clusters[name]) for name, x in features.items()},
    clusters,
    source=source,
)

# %% [markdown]
# ## Clusters against classes
#
# {numref}`fig-confusion` counts where the images of each class go.

# %% mystnb={"figure": {"name": "fig-confusion", "caption": "Where the images of each class go: counts, and in colour and per cent the share of the class. A useful clustering has one dark cell in each row, each in a column of its own. Dark cells below each other: classes that share a cluster. A row without dark cells: a class that is torn apart. The rightmost panel knows nothing of an image but two differences in brightness, between opposite edges."}} tags=["nbval-ignore-output"]
(
    sem_clusters.confusion_heat(
        {name: pd.crosstab(labels, clusters[name]) for name in ("SSL", "untrained", "shading")},
        CLASS_NAMES if dataset == "synthetic" else None,
        source=source,
    )
    if labels is not None
    else "no labels"
)

# %% [markdown]
# ## Where does the encoder look?
#
# A place of the last block sees only a small window of the image. The embedding is the mean over all places, times a
# matrix. What lies outside a window cannot change that place, and where a window lies does not matter: the embedding is
# an average of what is seen through many small windows ({numref}`fig-channels`).

# %%
encoders = {
    "trained": pipeline.train(pixels, config).encoder,
    "untrained": untrained(pixels, config),
}
window = attribution.window(encoders["trained"])
places = (side // window.step) ** 2
embeddings = {name: embed(encoder, pixels) for name, encoder in encoders.items()}
book.glue("look_window", window.size)
book.glue("look_places", places)
window

# %% mystnb={"figure": {"name": "fig-channels", "caption": "The last block's activations for one image (bright: strong; each panel has its own scale), above for the trained network, below for the untrained one: the mean over the channels, and the five channels that tell the embeddings apart most. The yellow square is what one place sees. Many channels do answer to the defect, and those of the untrained network do too."}} tags=["nbval-ignore-output"]
some = pixels[:: max(1, len(pixels) // 500)]  # at most a few hundred images choose the channels
activations = {
    name: attribution.activation_maps(encoder, pixels[[queries[min(1, len(queries) - 1)]]])[0]
    for name, encoder in encoders.items()
}
channels = {
    name: attribution.leading_channels(encoder, attribution.activation_maps(encoder, some))
    for name, encoder in encoders.items()
}
sem_activations.channel_maps(
    pixels[queries[min(1, len(queries) - 1)]], activations, channels, window, source=source
)

# %% [markdown]
# ### What each place adds to the embedding
#
# The mean over places and the linear layer can change places: $z = \frac{1}{P}\sum_p (W a_p + b)$. So the way of an image
# from the mean embedding $\bar z$ is a sum over its places, exactly:
#
# $$
# z - \bar z = \sum_p \frac{W a_p + b - \bar v_p}{P}
# $$ (eq-places)
#
# where $a_p$ are the last block's activations at place p of the P places, W and b are the linear layer's weights, and
# $\bar v_p$ is what a place is compared with: the average of all places of all images (*everywhere*), or the average of
# all images at this very place (*same place*). Each place counts by its component along $z - \bar z$, and the map sums
# to the distance $\lVert z - \bar z\rVert$. {numref}`fig-contributions` shows such maps. {eq}`eq-places` needs no
# gradient, no class and no approximation. A check:

# %%
if labels is None:
    rows, names = queries, [images.names[i] for i in queries]
else:
    picked = [(label, turn) for label in by_size[:3] for turn in (0, 1)]
    rows = [
        int(np.flatnonzero(labels == c)[min(t, (labels == c).sum() - 1)]) for c, t in picked
    ]
    names = [f"class {label}" for label, _ in picked]
maps, errors = {}, []
for against in attribution.REFERENCES:
    for name, encoder in encoders.items():
        found = attribution.contribution_maps(encoder, pixels[rows], pixels, against=against)
        away = np.linalg.norm(embeddings[name][rows] - embeddings[name].mean(0), axis=1)
        errors.append(np.abs(found.sum((1, 2)) - away).max() / away.mean())
        maps[f"{name},\n{against}"] = found
print("the maps sum to the distance, up to rounding:", max(errors) < 1e-4)

# %% mystnb={"figure": {"name": "fig-contributions", "caption": "What each place adds to the distance from the mean embedding. Red: the place pushes the image away from the mean, blue: it pulls it back. Lines: the defect with its shadow, where known. Most of the red lies on plain ground. Compare trained with untrained. In an image without a defect (last rows) the map is the shading."}} tags=["nbval-ignore-output"]
masks = defect_masks.defect_masks(images, step)
sem_activations.contribution_overlays(
    pixels[rows],
    maps,
    window,
    names,
    None if masks is None else masks[rows],
    source=source,
)

# %% [markdown]
# ### How much of it lies on the defect?
#
# {numref}`fig-inside` sets the share of each map's strength (its absolute values) that lies on the defect against the
# defect's share of the area. A map that takes no notice of the defect lies on the diagonal. As a control: how much a
# place's grey differs from the image's mean grey.

# %% mystnb={"figure": {"name": "fig-inside", "caption": "How much of each map's strength lies on the defect, against the defect's share of the area; a dot is an image. The dashed line is what a map without interest in the defect gives; the title says the median of the ratio. Plain grey contrast points to the defect far better than either network's contributions."}} tags=["nbval-ignore-output"]
inside = {}
if masks is not None:
    seen = defect_masks.seen_share(masks, window)
    for name, encoder in encoders.items():
        all_maps = attribution.contribution_maps(encoder, pixels, pixels)
        inside[name] = defect_masks.inside_share(all_maps, seen)
    local = defect_masks.window_means(pixels, window)
    contrast = local - pixels.mean((1, 2), keepdims=True)
    inside["grey contrast"] = defect_masks.inside_share(contrast, seen)
(
    sem_activations.inside_scatter(inside, labels, source=source)
    if inside
    else "no masks of the defects are known for these images"
)

# %% tags=["remove-cell", "nbval-ignore-output"]
for name, (share, chance) in inside.items():
    keep(f"times_{name.removesuffix(' contrast')}", np.nanmedian(share / chance))

# %% [markdown]
# The median image has {glue:text}`look_times_trained:.1f` times as much of its contributions on the defect as its area
# would have by itself when the network was trained, {glue:text}`look_times_untrained:.1f` times when it was not; the
# plain grey contrast has {glue:text}`look_times_grey:.1f` times.
#
# ### Then what does the embedding tell?
#
# The stretch of each image to the full range of grey, {eq}`eq-minmax`, sets its darkest point to 0 and its brightest
# to 1. A bright or dark defect thereby shifts the grey of the **whole** image. A network that averages over all places
# can read this from the plain ground, without any look at the defect. {numref}`fig-against-grey` looks for it.

# %% mystnb={"figure": {"name": "fig-against-grey", "caption": "Each image's place along the main direction of its embedding (up), over its mean grey (across). Dots along one line: the direction hardly tells more than the mean grey does. Compare trained with untrained."}} tags=["nbval-ignore-output"]
main = {}
for name, z in embeddings.items():
    analysis = PCA(1, random_state=seed)
    main[name] = analysis.fit_transform(z)[:, 0]
    main[name] *= np.sign(np.corrcoef(main[name], grey)[0, 1])
    keep(f"main_{name}", analysis.explained_variance_ratio_[0])
    keep(f"rank_{name}", spearmanr(main[name], grey).statistic)
sem_activations.against_grey(grey, main, labels, source=source)

# %% [markdown]
# The main direction holds {glue:text}`look_main_trained:.0%` of the trained embeddings' variance, and orders the images
# as the mean grey does with a rank correlation of {glue:text}`look_rank_trained:.2f` (untrained:
# {glue:text}`look_main_untrained:.0%` and {glue:text}`look_rank_untrained:.2f`). {claim}`sem-elongated`
#
# ### What moves the embedding?
#
# A test by changing the images. The defect is painted over with the median grey of the rest: once as it is, and once
# with the greys stretched anew, as preprocessing would have done with an image without a defect. On the twin the shading
# can be switched off, too. If the embedding told what the defect looks like, taking it away would move the embedding far
# in any case ({numref}`fig-moves`).

# %% mystnb={"figure": {"name": "fig-moves", "caption": "How far three changes move the embedding of each of the first 40 images with a defect; black: the median. 1 is the mean distance between two images. Painting over the defect moves the embeddings a little; stretching the greys anew, which changes the ground, moves them far."}} tags=["nbval-ignore-output"]
moved = {}
if masks is not None:
    few = np.flatnonzero(masks.any((1, 2)))[:40]
    erased = defect_masks.erase(pixels[few], masks[few])
    changed = {"defect painted over": erased, "…and stretched anew": normalize(erased)}
    if dataset == "synthetic":
        plain = SemImages.synthetic(len(images), seed=seed, cues=Cues(shading=False)).subset(
            few
        )
        changed["shading switched off"] = step(plain)
    for name, encoder in encoders.items():
        z = embeddings[name]
        unit = pdist(z).mean()
        moved[name] = {
            change: np.linalg.norm(embed(encoder, x) - z[few], axis=1) / unit
            for change, x in changed.items()
        }
(
    sem_activations.moves(
        moved, None if labels is None else labels[few], source=source, classes=labels
    )
    if moved
    else "no masks of the defects are known for these images"
)

# %% tags=["remove-cell", "nbval-ignore-output"]
KEYS = {
    "defect painted over": "erased",
    "…and stretched anew": "stretched",
    "shading switched off": "unshaded",
}
for name, by_change in moved.items():
    for change, distance in by_change.items():
        keep(f"{KEYS[change]}_{name}", np.median(distance))

# %% [markdown]
# Of the first 40 images with a defect, in units of the mean distance between two images, painting over the defect moves
# the median embedding by
# {glue:text}`look_erased_trained:.2f`; the same with the stretch done anew, by {glue:text}`look_stretched_trained:.2f`;
# switching off the shading, by {glue:text}`look_unshaded_trained:.2f` (untrained: {glue:text}`look_erased_untrained:.2f`,
# {glue:text}`look_stretched_untrained:.2f` and {glue:text}`look_unshaded_untrained:.2f`).
#
# ## In short
#
# {numref}`tbl-look-short` has the numbers of this run, and those of a run with more images and epochs, recorded once
# (`results/08_look_at_the_clusters_trial.json`).

# %% mystnb={"table": {"name": "tbl-look-short", "caption": "What this page measured, in this run and in a recorded one: the trained and the untrained encoder, the mean grey or the plain grey contrast, and chance. –: not defined, or not measured."}} tags=["nbval-ignore-output"]
MEASURES = {
    "neighbours of the same class (mean of classes)": "macro",
    "strength on the defect, times its area": "times",
    "main direction against mean grey: rank corr.": "rank",
    "moved when the defect is painted over": "erased",
    "moved when that is stretched anew": "stretched",
    "moved when the shading is switched off": "unshaded",
}
trial = book.recorded("08_look_at_the_clusters_trial")
runs = {f"this run, n = {len(images)}": {f"look_{key}": v for key, v in values.items()}}
if trial is not None:
    runs[f"recorded trial, n = {trial['values']['look_n']:,}"] = trial["values"]
summary = {
    (run, column): [
        known.get(f"look_{measure}_{column}", np.nan) for measure in MEASURES.values()
    ]
    for run, known in runs.items()
    for column in ("trained", "untrained", "grey", "chance")
}
pd.DataFrame(summary, index=list(MEASURES)).map(lambda x: "–" if pd.isna(x) else f"{x:.2f}")

# %% tags=["remove-cell", "nbval-ignore-output"]
if masks is None:
    verdict = "cannot be tested here"
else:
    at_the_defect = values["times_trained"] > values["times_untrained"]
    by_its_form = values["erased_trained"] > values["stretched_trained"] / 2
    verdict = "holds" if at_the_defect and by_its_form else "does not hold"
book.glue("look_verdict", verdict)

# %% [markdown]
# The paper reads from its maps "the model's ability to capture meaningful low-dimensional representations from SEM
# surface morphology rather than memorising noises or acquisition artifacts" (section 5.2). If so, training should draw
# the embedding to the defect, beyond what the untrained encoder does, and taking the defect away should matter more than
# half as much as the stretch of the greys. On the images of this run that {glue:text}`look_verdict`, by one training.
# {claim}`sem-not-artefacts`
# Another normalisation, or a loss that cannot be met by the grey of the ground, may give another answer; on Carinthia
# itself, whose images are not at hand here, it cannot be tested. [](11_claims_tested) asks another question of the same
# sentence: whether an image stays nearer to its defect or to its shading. The stretch alone can make it follow the defect.
