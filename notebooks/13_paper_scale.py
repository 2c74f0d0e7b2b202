# %% [markdown]
# # The paper's Table 1, at its scale
#
# The pages before this one run small. Here everything has the paper's size: 4,591 images in Carinthia's proportions, at
# 512×512 pixels, 15 epochs, batches of 32. One thing is not the paper's: **the images are the synthetic twin**, since
# Carinthia was not at hand. So this page tells how the method and its controls behave at that scale, not whether the
# paper's numbers come out on its data. Where Carinthia is at hand, one command makes the same page's numbers from it:
#
# ```
# make paper1 DATASET=carinthia
# ```
#
# Nothing is computed here. The page reads what such a run recorded ({numref}`tbl-scale-run`).

# %% tags=["parameters"]
run = "synthetic"  # results/paper1_NAME.json, made by tools/paper1.py

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
from IPython.display import HTML
from sklearn.neighbors import NearestNeighbors

from semlib import book
from semlib.plots import sem_clusters, sem_features, sem_paper_scale, sem_scores
from semlib.plots.style import use_style
from semlib.sem.claims.verdict import difference
from semlib.sem.synthetic import CLASS_NAMES
from semlib.sem.table import CONTROLS, METHODS, PAPER, SSL, UNTRAINED

use_style()
found = book.recorded(f"paper1_{run}")
arrays = book.recorded_arrays(f"paper1_{run}_layouts")
if found is None or arrays is None:
    raise FileNotFoundError(
        f"results/paper1_{run}.json is not here; clone the repository, or run tools/paper1.py"
    )
values, training, data = found["values"], found["training"], found["data"]
source = f"{data['source']}, n = {data['n']:,}, {data['size']}×{data['size']} pixels"
seeds = [one["seed"] for one in training["runs"]]
print(found["about"])

# %% mystnb={"table": {"name": "tbl-scale-run", "caption": "The recorded run that this page shows: its data, seeds, precision, commits and machine."}} tags=["hide-input"]
made = found["provenance"]
pd.Series(
    {
        "images": f"{data['n']:,} at {data['size']}×{data['size']}",
        "from": data["source"],
        "seeds": ", ".join(map(str, seeds)),
        "precision": training["config"]["precision"],
        "trained at commit": ", ".join(sorted({one["commit"] for one in training["runs"]})),
        "scored at commit": made["commit"],
        "date": made["date"],
        "machine": f"{made['machine']['cpu']}, {made['machine']['cores']} cores",
    },
    name="this run",
).to_frame()

# %% [markdown]
# ## The paper's Table 1
#
# {numref}`fig-paper-scale` and {numref}`tbl-scale-scores` set the run beside the values of the paper's Table 1. The two
# scores are {eq}`eq-silhouette` and {eq}`eq-nmi`.

# %% mystnb={"figure": {"name": "fig-paper-scale", "caption": "Silhouette and NMI of the paper's five methods and of four controls, at the paper's scale on the twin (blue), beside the paper's own values (orange diamonds), which were measured on Carinthia. Intervals of the two networks are over seeds (bands), all others over images (bars). Look at the grey part first: what an untrained network, the brightness or the shading reach, no method has to be trained for."}}
tables = {name: pd.DataFrame(rows).T for name, rows in values["scores"].items()}
table = tables["raw"].loc[[*METHODS, *CONTROLS]]
ceilings = {
    "NMI's ceiling, equal clusters": values["ceilings"]["equal_clusters"],
    "the same, sizes considered": values["ceilings"]["attainable"],
}
sem_scores.score_dots(table, PAPER, source=source, ceilings=ceilings)

# %% mystnb={"table": {"name": "tbl-scale-scores", "caption": "All scores of the paper's five methods and of four controls at the paper's scale, on the twin. The values of the paper were measured on Carinthia. Brackets: 95 % intervals, over what the last column says. Bold: the highest of a column, controls included; grey: controls."}}
HTML(sem_scores.score_styler(table, PAPER).to_html())  # a Styler's text holds an address

# %% tags=["remove-cell"]
number = table.drop(columns="interval").astype(float)
five = number.loc[list(METHODS)]


def by_seed(row: str, score: str) -> list[float]:
    """Return the score of each seed at the paper's K."""
    versions = values["sweep"][row]
    return [one[score][one["k"].index(values["k"])] for one in versions]


def apart(score: str) -> str:
    """Say which of the two networks is higher, by the interval of their difference over the seeds."""
    _, low, high = difference(by_seed(SSL, score), by_seed(UNTRAINED, score))
    return "higher than" if low > 0 else "lower than" if high < 0 else "not told apart from"


for score in ("silhouette", "nmi", "ami"):
    for name, row in (("ssl", SSL), ("untrained", UNTRAINED), ("grey1", CONTROLS[1])):
        book.glue(f"scale_{name}_{score}", number.loc[row, score])
    book.glue(f"scale_ssl_untrained_{score}", apart(score))
    book.glue(f"scale_shading_{score}", number.loc[CONTROLS[3], score])
book.glue("scale_seeds", len(seeds))
book.glue("scale_best_silhouette", five.silhouette.idxmax())
book.glue("scale_best_nmi", five.nmi.idxmax())
verdict = "holds" if five.silhouette.idxmax() == SSL else "does not hold"
book.glue("scale_verdict", verdict)
paper_order = PAPER.silhouette.rank(ascending=False)
book.glue("scale_rank_agreement", five.silhouette.rank(ascending=False).corr(paper_order))
book.glue(
    "scale_controls_above",
    int((number.silhouette[list(CONTROLS)] > five.silhouette[SSL]).sum()),
)

# %% [markdown]
# Of the five methods, {glue:text}`scale_best_silhouette` has the highest silhouette and {glue:text}`scale_best_nmi` the
# highest NMI. The paper's main result, that its method has the highest silhouette of the five, **{glue:text}`scale_verdict`**
# on this twin; on Carinthia it cannot be tested here. Of the four controls {glue:text}`scale_controls_above` have a higher
# one. The order of the five by silhouette has a rank correlation of {glue:text}`scale_rank_agreement:.2f` with the paper's.
# {claim}`sem-table1-silhouettes` {claim}`sem-table1-nmi` {claim}`sem-text-quotes-table` {claim}`sem-highest-silhouette`
# {claim}`sem-pca-poorest` {claim}`sem-pca-incapable` {claim}`sem-lower-nmi`
#
# Beside its own control: the paper's method has a silhouette of {glue:text}`scale_ssl_silhouette:.3f` and an AMI of
# {glue:text}`scale_ssl_ami:.3f`; the same network before training {glue:text}`scale_untrained_silhouette:.3f` and
# {glue:text}`scale_untrained_ami:.3f`. By the 95 % interval of the difference over {glue:text}`scale_seeds` seeds the trained silhouette is
# {glue:text}`scale_ssl_untrained_silhouette` the untrained one, and the trained AMI is
# {glue:text}`scale_ssl_untrained_ami` the untrained one. The mean grey, one number, has a silhouette of
# {glue:text}`scale_grey1_silhouette:.3f`; the shading, two numbers, an NMI of {glue:text}`scale_shading_nmi:.3f` where the
# paper's method has {glue:text}`scale_ssl_nmi:.3f`. {claim}`sem-benefit-of-learning` {claim}`sem-lower-nmi-virtue`
# {claim}`sem-nmi-not-random`
#
# ## Training
#
# {numref}`fig-paper-scale-training` follows the training, {numref}`tbl-scale-rank` compares its end with its start.

# %% mystnb={"figure": {"name": "fig-paper-scale-training", "caption": "The training at the paper's scale: loss, spread and effective rank by epoch; lines are means over the seeds, bands reach from the lowest to the highest. Dotted: the most possible. The rank shows how many of the 128 directions are used. It is taken on the batches of the training, where batch normalisation takes its statistics from the batch; the next table has all images and the finished encoder, so its values differ."}}
history = {how: pd.DataFrame(rows) for how, rows in training["history"].items()}
sem_paper_scale.training(history, dim=training["config"]["dim"], source=source)

# %% mystnb={"table": {"name": "tbl-scale-rank", "caption": "Effective rank of the embeddings at the paper's scale, after and before training, by seed."}}
ranks = pd.DataFrame(
    {method: values["effective_rank"][method] for method in (SSL, UNTRAINED)}, index=seeds
)
for name, row in (("ssl", SSL), ("untrained", UNTRAINED)):
    book.glue(f"scale_rank_{name}", float(ranks[row].mean()))
ranks.rename_axis("seed").round(1)

# %% [markdown]
# The embeddings of the trained encoder use {glue:text}`scale_rank_ssl:.1f` directions (effective rank, mean over the
# seeds), those of the untrained one {glue:text}`scale_rank_untrained:.1f`, of 128. {claim}`sem-no-collapse`
# {claim}`sem-nondegenerate` {claim}`sem-convergence` {claim}`sem-loss-shows-features`
#
# ## Other numbers of clusters, other scalings
#
# {numref}`fig-paper-scale-k` varies the number of clusters, {numref}`fig-paper-scale-scalings` the scaling of the
# features.

# %% mystnb={"figure": {"name": "fig-paper-scale-k", "caption": "Silhouette, NMI and AMI by number of clusters at the paper's scale. Grey bar: the paper's K; rings: the K with the highest silhouette of each method. Grey lines are controls."}}
sweep = pd.concat(
    pd.DataFrame(one).assign(method=method, version=version)
    for method, versions in values["sweep"].items()
    for version, one in enumerate(versions)
)
sem_scores.k_curves(sweep, k=values["k"], source=source)

# %% mystnb={"figure": {"name": "fig-paper-scale-scalings", "caption": "Silhouette and NMI of features as they are, with each column standardised, and with each row of length 1, before K-means. The paper does not say which it took. Bands are 95 % intervals: over seeds for the two networks, over images for the others."}}
sem_scores.score_variants(
    {name: frame.reindex(table.index) for name, frame in tables.items()}, source=source
)

# %% mystnb={"table": {"name": "tbl-scale-places", "caption": "Which of the paper's five methods has the highest silhouette under each scaling of the features, which comes next, and how many of the four controls are above the paper's method."}}
places = {}
for name, frame in tables.items():
    silhouette = frame.silhouette.astype(float)
    among = silhouette[list(METHODS)].sort_values(ascending=False)
    places[name] = {
        "highest silhouette of the five": among.index[0],
        "its silhouette": among.iloc[0],
        "the next": among.index[1],
        "silhouette of the next": among.iloc[1],
        "controls above the paper's method": int(
            (silhouette[list(CONTROLS)] > silhouette[SSL]).sum()
        ),
    }
    key = name.replace(" ", "")
    book.glue(f"scale_{key}_ssl", silhouette[SSL])
    book.glue(f"scale_{key}_other", among.drop(SSL).iloc[0])
    book.glue(f"scale_{key}_untrained", silhouette[UNTRAINED])
    book.glue(f"scale_{key}_controls", places[name]["controls above the paper's method"])
firsts = [
    name for name, place in places.items() if place["highest silhouette of the five"] == SSL
]
book.glue("scale_ssl_first_under", " and ".join(f'"{name}"' for name in firsts) or "none")
pd.DataFrame(places).T.round(3)

# %% [markdown]
# Scaling decides who is first ({numref}`tbl-scale-places`). The paper's method has the highest silhouette of the five
# under {glue:text}`scale_ssl_first_under`. With standardised columns it has {glue:text}`scale_standardised_ssl:.3f`,
# the best other method {glue:text}`scale_standardised_other:.3f`, the untrained network
# {glue:text}`scale_standardised_untrained:.3f`; with rows of length 1 {glue:text}`scale_length1_ssl:.3f`,
# {glue:text}`scale_length1_other:.3f` and {glue:text}`scale_length1_untrained:.3f`. Whether it is first is therefore no
# property of the method alone, and under each scaling a control without training is to be read beside it.
# {claim}`sem-superior`

# %% [markdown]
# ## What the clusters hold
#
# Do the frequent classes get more clusters than the rare ones? {numref}`fig-paper-scale-confusion` shows where each
# class went. {claim}`sem-overlap-no-bias`

# %% mystnb={"figure": {"name": "fig-paper-scale-confusion", "caption": "Where the images of each class (rows) went, by cluster (columns, largest first), for the first seed. Colour and per cent: the share of the class; small: counts. A method that finds defect classes would put each row into a column of its own."}}
classes = {int(label): count for label, count in values["classes"].items()}
counts = {
    method: pd.DataFrame(
        np.array(values["clusters"][method]["by_class"]).T, index=list(classes)
    )
    for method in (SSL, UNTRAINED, CONTROLS[3])
}
sem_clusters.confusion_heat(counts, CLASS_NAMES, source=source)

# %% [markdown]
# ## The paper's Figures 2, 3 and S1 to S8
#
# {numref}`fig-paper-scale-maps` has the layouts of the first seed. Trustworthiness, {eq}`eq-trustworthiness`, and
# continuity (see [](07_umap_and_tsne)) stand below each. {claim}`sem-tsne-local` {claim}`sem-clear-regimes`

# %% mystnb={"figure": {"name": "fig-paper-scale-maps", "caption": "UMAP (above) and t-SNE (below) of all images: the trained encoder (the paper's Figs. 2 and 3), the untrained one (a control), and the four classical methods (Figs. S1 to S8). Colours are the labels, which took no part; small classes are drawn larger and on top."}}
names = {SSL: "SSL", UNTRAINED: "untrained"}
order = [SSL, UNTRAINED, *METHODS[:4]]
labels = np.array(list(classes))[arrays["labels"]]
layouts, notes = {}, {}
for kind, title in (("umap", "UMAP"), ("tsne", "t-SNE")):
    for method in order:
        name = f"{names.get(method, method)}, {title}"
        layouts[name] = arrays[f"{kind} {method}"].astype(float)
        quality = values["projection_quality"][f"{kind} {method}"]
        notes[name] = f"{quality['trustworthiness']:.2f}, {quality['continuity']:.2f}"
for key, row in (("ssl", SSL), ("untrained", UNTRAINED)):
    places = arrays[f"umap {row}"].astype(float)
    near = NearestNeighbors(n_neighbors=5).fit(places).kneighbors(return_distance=False)
    same = (labels[near] == labels[:, None]).mean(
        axis=1
    )  # of five neighbours, those of one's own colour
    shares = {int(label): float(same[labels == label].mean()) for label in classes}
    book.glue(f"scale_own_colour_{key}", [shares[label] for label in sorted(shares)])
sem_features.projections(layouts, labels, source=source, columns=len(order), notes=notes)
