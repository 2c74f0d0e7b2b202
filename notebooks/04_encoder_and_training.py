# %% [markdown]
# # The encoder, and training without labels
#
# A small convolutional network, the **encoder**, turns an image of any size into 128 numbers, the **embedding** z. A
# second, smaller network, the **projection head**, turns z into p and is used for training only. The loss pulls the
# projection of one view towards the embedding of another view of the same image (paper 1, section 4). No labels take
# part.

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

import pandas as pd
import torch

from semlib import book
from semlib.plots import sem_features as plots
from semlib.plots.sem_encoder import encoder_drawing
from semlib.plots.style import use_style
from semlib.sem import pipeline
from semlib.sem.collapse import effective_rank
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
# linear layer. The same weights see all three views.

# %% mystnb={"figure": {"name": "fig-encoder", "caption": "The encoder and the head, drawn from the code: sizes of each layer's output for an L0 image, and the number of weights. Each block halves the side and doubles the channels (after the first)."}}
encoder_drawing(Encoder(), ProjectionHead(), size=sizes.size)

# %%
counts = {
    "encoder": parameter_counts(Encoder())["total"],
    "projection head": parameter_counts(ProjectionHead())["total"],
}
book.glue("encoder_parameters", counts["encoder"])
pd.Series(counts, name="trained parameters").to_frame()

# %% [markdown]
# ## The loss
#
# For views j and k of an image, $1 - \cos(p_j, \mathrm{sg}(z_k))$, averaged over images and pairs of views. The
# **stop-gradient** sg treats $z_k$ as a fixed target. Which pairs the paper uses is open ("selected resolution
# combinations"); ours are all six ordered pairs. A small check of what the loss does:

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
# default of `TrainConfig`. This run has its own number of images and epochs, set by the profile:

# %%
config = TrainConfig(epochs=sizes.epochs, batch_size=min(32, len(pixels)), seed=seed)
training = pipeline.train(pixels, config)
config

# %% mystnb={"figure": {"name": "fig-loss", "caption": "The loss falls quickly and smoothly and stays above zero. The paper reads such a curve as a sign that the embeddings have not collapsed. That is not enough: embeddings that use only a few directions give the same curve, as the effective rank below shows."}} tags=["nbval-ignore-output"]
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
# stop-gradient is there against it. Two numbers show how far it goes. The **spread** is the mean standard deviation of the
# dimensions of z / ‖z‖, times the root of their number: 1 where embeddings point in all directions, 0 where all are the
# same. The **effective rank** counts how many independent directions they use: it is the exponential of the entropy of
# their normalised singular values {cite}`roy2007`.

# %% mystnb={"figure": {"name": "fig-collapse", "caption": "During training, from left: the loss of each ordered pair of levels; the spread; and the effective rank of the L0 embeddings of each epoch (dotted: the most possible). Read both numbers: the spread can stay while the rank falls. A loss that falls while the rank falls too is bought partly by saying less about each image."}} tags=["nbval-ignore-output"]
plots.collapse_curves(
    training.history,
    dim=config.dim,
    source=f"{images.source}, n = {len(images)}, {sizes.size}×{sizes.size} pixels",
)

# %% [markdown]
# ## The embeddings
#
# After training the head is removed. The embedding of an image is z at L0. Beside it stands a control: the embedding by
# the **untrained** encoder, whose weights are the random ones that training started from. Only its batch normalisation
# has seen the images.

# %% mystnb={"figure": {"name": "fig-embeddings", "caption": "Embeddings as pictures: a row is an image, a column one of 128 dimensions (standardised). Black lines separate the classes. Columns that look alike carry the same information twice."}} tags=["nbval-ignore-output"]
features = {
    "untrained encoder": pipeline.untrained_features(pixels, config),
    "trained encoder": pipeline.ssl_features(pixels, config),
}
plots.embedding_matrices(features, images.labels, source=images.source)

# %% [markdown]
# The effective rank of these embeddings, of all images with the final weights:

# %% tags=["nbval-ignore-output"]
ranks = {name: effective_rank(torch.from_numpy(z)) for name, z in features.items()}
book.glue("rank_untrained", ranks["untrained encoder"])
book.glue("rank_trained", ranks["trained encoder"])
pd.Series(ranks, name="effective rank").round(1).to_frame()

# %% [markdown]
# Read the two numbers together with the loss curve. When the rank falls while the loss converges smoothly, the network
# reaches agreement between the views partly by saying less about each image. This is called partial collapse.
