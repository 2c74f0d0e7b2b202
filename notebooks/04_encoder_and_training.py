# %% [markdown]
# # The encoder, and training without labels
#
# [![Open in Colab](../book/images/colab.svg)](https://colab.research.google.com/github/OWNER/semlib/blob/v0.1.0/notebooks/04_encoder_and_training.ipynb)
#
# A small convolutional network, the **encoder**, turns an image of any size into 128 numbers, the **embedding** z. A
# second, smaller network, the **projection head**, turns z into p and is used for training only. The loss pulls the
# projection of one view towards the embedding of another view of the same image (paper 1, section 4). No labels take
# part. {claim}`sem-no-labels`

# %% tags=["parameters"]
profile = "quick"  # "quick", "trial" or "paper": see the reading guide
dataset = "synthetic"  # "synthetic", "carinthia", "carinthia_s", or a folder of images
seed = 0
border = 4  # pixels cropped from each side of an image

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
from semlib.plots import sem_features as plots
from semlib.plots.sem_ablations import collapse_curves
from semlib.plots.sem_encoder import encoder_drawing
from semlib.plots.style import use_style
from semlib.sem import pipeline
from semlib.sem.collapse import diagnostics
from semlib.sem.data import open_images
from semlib.sem.model import Encoder, ProjectionHead, cross_scale_loss, parameter_counts
from semlib.sem.preprocess import Preprocess
from semlib.sem.train import TrainConfig

use_style()
sizes = book.profile(profile)
images = open_images(dataset, n=sizes.n_images, seed=seed)
pixels = pipeline.preprocess(images, Preprocess(border=border, size=sizes.size))

# %% [markdown]
# ## The network
#
# Three blocks of convolution (3×3, stride 2), batch normalisation and ReLU; then the average over all places, and a
# linear layer. The same weights see all three views ({numref}`fig-encoder`, {numref}`tbl-weights`). {claim}`sem-networks`

# %% mystnb={"figure": {"name": "fig-encoder", "caption": "The encoder and the head, drawn from the code: sizes of each layer's output for an L0 image, and the number of weights. Each block halves the side and doubles the channels (after the first)."}}
encoder_drawing(Encoder(), ProjectionHead(), size=sizes.size)

# %% mystnb={"table": {"name": "tbl-weights", "caption": "Numbers that training changes, by part. The head is thrown away afterwards."}}
counts = {
    "encoder": parameter_counts(Encoder())["total"],
    "projection head": parameter_counts(ProjectionHead())["total"],
}
book.glue("encoder_parameters", counts["encoder"])
pd.Series(counts, name="trained parameters").to_frame()

# %% [markdown]
# ## The loss
#
# For views $j$ and $k$ of an image, with $z_k$ the embedding and $p_j$ the head's prediction:
#
# $$
# \ell_{jk} = 1 - \cos\bigl(p_j, \mathrm{sg}(z_k)\bigr)
# $$ (eq-loss)
#
# It is averaged over images and pairs of views. The **stop-gradient** sg treats $z_k$ as a fixed target. Which pairs
# the paper uses is open ("selected resolution combinations"); ours are all six ordered pairs. {claim}`sem-loss` A small
# check of what {eq}`eq-loss` does:

# %%
x = torch.tensor([[1.0, 0.0]])
y = torch.tensor([[0.0, 1.0]])
{
    name: cross_scale_loss([x, b], [x, b]).item()
    for name, b in {"same direction": 3 * x, "right angle": y, "opposite": -x}.items()
}

# %% [markdown]
# ## Training
#
# Adam, learning rate 0.001, batches of 32, and in the paper 15 epochs. All of that is fixed by the paper and is the
# default of `TrainConfig`. {claim}`sem-training` This run has its own number of images and epochs, set by the profile.
# {numref}`fig-loss` shows how its loss falls.

# %%
config = TrainConfig(epochs=sizes.epochs, batch_size=min(32, len(pixels)), seed=seed)
training = pipeline.train(pixels, config)
config

# %% mystnb={"figure": {"name": "fig-loss", "caption": "The loss falls quickly and smoothly and stays above zero. The paper reads such a curve as a sign that the embeddings have not collapsed. That is not enough: embeddings that use only a few directions give the same curve, as the effective rank in {numref}`fig-collapse` shows."}} tags=["nbval-ignore-output"]
plots.training_curve(
    {f"seed {seed}": training.history},
    source=f"{images.source}, n = {len(images)}, {sizes.size}×{sizes.size} pixels",
)

# %% tags=["remove-cell", "nbval-ignore-output"]
book.glue("loss_first", training.history.loss.iloc[0])
book.glue("loss_last", training.history.loss.iloc[-1])

# %% [markdown]
# ## Does it collapse?
#
# The easiest way to agree across scales is to give every image the same embedding. This is called **collapse**, and the
# stop-gradient is there against it. Two numbers show how far it goes. The **spread** is the mean standard deviation of
# the dimensions of z / ‖z‖, times the root of their number d: 1 where embeddings point in all directions, 0 where all
# are the same {cite}`chen2021simsiam`. The **effective rank** counts how many independent directions they use: it is
# the exponential of the entropy of their normalised singular values {cite}`roy2007`.
#
# $$
# \begin{aligned}
# \mathrm{spread} &= \sqrt{d} \cdot \frac{1}{d} \sum_{m=1}^{d} \operatorname*{std}_i \frac{z_{im}}{\lVert z_i \rVert} \\
# \mathrm{rank} &= \exp\Bigl(-\sum_{m=1}^{d} s_m \ln s_m\Bigr), \\
# s_m &= \frac{\sigma_m}{\sigma_1 + \dots + \sigma_d}
# \end{aligned}
# $$ (eq-collapse)
#
# Here $z_{im}$ is dimension $m$ of the embedding $z_i$ of image $i$, the standard deviation runs over the images, and
# $\sigma_m$ are the singular values of the matrix of all embeddings less their mean. {numref}`tbl-encoder-by-hand` has
# two cases whose values can be said by hand.

# %% mystnb={"table": {"name": "tbl-encoder-by-hand", "caption": "Spread and effective rank of two made-up sets of embeddings, one that uses all of four directions and one that uses a single one."}}
axes = torch.cat([torch.eye(4), -torch.eye(4)]).numpy()  # each of four directions, both ways
line = np.outer(np.arange(8), [1, 2, 0, 1]).astype(np.float32)[
    1:
]  # one direction, seven lengths
pd.DataFrame(
    {"all of 4 directions": diagnostics(axes), "one direction": diagnostics(line)}
).rename(index={"effective_rank": "effective rank"}).round(6)

# %% [markdown]
# Both can be taken in two ways. During training they come for free from each epoch's batches: while the weights change,
# and with each batch normalised by itself. To compare encoders, all images are embedded by one set of weights, in
# evaluation mode. After training the head is removed, and this is the embedding that the paper clusters: z at L0.
# {claim}`sem-embedding` Beside it stands a control, the **untrained** encoder, with the random weights that training
# started from. Only its batch normalisation has seen the images. {numref}`tbl-encoder-collapse` has the two numbers of
# {eq}`eq-collapse` for both, and {numref}`fig-collapse` the way from one to the other.

# %% mystnb={"table": {"name": "tbl-encoder-collapse", "caption": "Spread and effective rank of the embeddings of all images of this run, before and after training."}} tags=["nbval-ignore-output"]
features = {
    "untrained encoder": pipeline.untrained_features(pixels, config),
    "trained encoder": pipeline.ssl_features(pixels, config),
}
found = {name: diagnostics(z) for name, z in features.items()}
pd.DataFrame(found).T.round({"spread": 3, "effective_rank": 1}).rename(
    columns={"effective_rank": "effective rank"}
)

# %% mystnb={"figure": {"name": "fig-collapse", "caption": "During training, from left: the loss of each ordered pair of levels; the spread; and the effective rank of the L0 embeddings. Blue dots are of an epoch's batches; the dotted line and the hollow mark are of all images in evaluation mode, before and after training. Read both numbers: the spread can stay or rise while the rank falls. A loss that falls while the rank falls too is bought partly by saying less about each image."}} tags=["nbval-ignore-output"]
collapse_curves(
    training.history,
    dim=config.dim,
    before=found["untrained encoder"],
    after=found["trained encoder"],
    source=f"{images.source}, n = {len(images)}, {sizes.size}×{sizes.size} pixels",
)

# %% tags=["remove-cell", "nbval-ignore-output"]
for key, name in {"untrained": "untrained encoder", "trained": "trained encoder"}.items():
    book.glue(f"rank_{key}", found[name]["effective_rank"])
    book.glue(f"spread_{key}", found[name]["spread"])

# %% [markdown]
# The effective rank goes from {glue:text}`rank_untrained:.1f` to {glue:text}`rank_trained:.1f` of 128. Read it together with the
# loss curve. When the rank falls while the loss converges smoothly, the network reaches agreement between the views partly
# by saying less about each image. This is called partial collapse. {claim}`sem-no-collapse`
# {claim}`sem-loss-shows-features` {claim}`sem-nondegenerate` Which part of the method is for what, and whether a
# collapse makes better scores, is tried out in [the ablations](10_ablations).
#
# ## The embeddings
#
# {numref}`fig-embeddings` shows the numbers themselves, before and after training.

# %% mystnb={"figure": {"name": "fig-embeddings", "caption": "Embeddings as pictures: a row is an image, a column one of 128 dimensions (standardised). Black lines separate the classes. Columns that look alike carry the same information twice."}} tags=["nbval-ignore-output"]
plots.embedding_matrices(features, images.labels, source=images.source)
