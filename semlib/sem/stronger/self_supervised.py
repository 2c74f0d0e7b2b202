"""Self-supervised rivals of the paper's method: its encoder and protocol, another loss and augmentations.

Not in paper 1. What they share with :func:`semlib.sem.train.fit`: the encoder and its initial weights, Adam
and its rate, epochs, batch size, order of the images, no labels. What differs: the two views of a step are
random views of the full-size image (:mod:`~semlib.sem.stronger.augment`) in place of the levels of a pyramid,
and the loss (:mod:`~semlib.sem.stronger.two_view_losses`) with its own layers behind the encoder, which are
thrown away.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import torch
from torch import Tensor, nn

from semlib import runtime
from semlib.sem._checks import check_pixels
from semlib.sem._run import autocast, initial
from semlib.sem.stronger._loop import check_config, seeded, train_epochs
from semlib.sem.stronger.augment import Augment, two_views
from semlib.sem.stronger.two_view_losses import barlow_loss, simsiam_loss, vicreg_loss
from semlib.sem.train import TrainConfig, Training
from semlib.sem.views import Views


def mlp(*widths: int, last_norm: bool = False) -> nn.Sequential:
    """Return linear layers with batch normalisation and ReLU between them.

    Parameters
    ----------
    *widths : int
        Of the input, the hidden layers and the output.
    last_norm : bool, default False
        Batch normalisation behind the last layer too, without ReLU.
    """
    layers: list[nn.Module] = []
    for width_in, width_out in pairwise(widths[:-1]):
        layers += [nn.Linear(width_in, width_out, bias=False), nn.BatchNorm1d(width_out), nn.ReLU(True)]
    layers.append(nn.Linear(*widths[-2:], bias=not last_norm))
    return nn.Sequential(*layers, *[nn.BatchNorm1d(widths[-1])] * last_norm)


class SimSiam(nn.Module):
    """SimSiam's layers behind the encoder (Chen & He 2021, section 3, "Baseline settings").

    A projector of three layers as wide as the embedding, batch normalisation behind each; a predictor of two
    layers with a bottleneck of a quarter, as the paper's 2048 and 512.
    """

    def __init__(self, dim: int) -> None:
        super().__init__()
        self.projector = mlp(dim, dim, dim, dim, last_norm=True)
        self.predictor = mlp(dim, max(1, dim // 4), dim)

    def forward(self, first: Tensor, second: Tensor) -> dict[str, Tensor]:
        """Return the loss of the two views' embeddings (N, dim)."""
        z1, z2 = self.projector(first), self.projector(second)
        return {"loss": simsiam_loss(self.predictor(z1), self.predictor(z2), z1, z2)}


class VICReg(nn.Module):
    """VICReg's expander: three layers, 4 times as wide as the embedding, as the paper's 8192 to 2048."""

    def __init__(self, dim: int) -> None:
        super().__init__()
        self.expander = mlp(dim, 4 * dim, 4 * dim, 4 * dim)

    def forward(self, first: Tensor, second: Tensor) -> dict[str, Tensor]:
        """Return the loss of the two views' embeddings (N, dim), and its parts."""
        losses = vicreg_loss(self.expander(first), self.expander(second))
        return {"loss" if name == "total" else name: part for name, part in losses._asdict().items()}


class BarlowTwins(nn.Module):
    """Barlow Twins' projector: three layers, 4 times the embedding's width, as the paper's 8192 to 2048."""

    def __init__(self, dim: int) -> None:
        super().__init__()
        self.projector = mlp(dim, 4 * dim, 4 * dim, 4 * dim)

    def forward(self, first: Tensor, second: Tensor) -> dict[str, Tensor]:
        """Return the loss of the two views' embeddings (N, dim)."""
        return {"loss": barlow_loss(self.projector(first), self.projector(second))}


METHODS: dict[str, type[nn.Module]] = {"simsiam": SimSiam, "vicreg": VICReg, "barlow": BarlowTwins}
"""The layers and the loss of each method, by its name."""


def fit_stronger(
    images: np.ndarray,
    config: TrainConfig | None = None,
    *,
    method: str = "simsiam",
    augment: Augment | None = None,
    progress: bool = True,
) -> Training:
    """Train the paper's encoder by another self-supervised method; no labels can come in.

    Widths follow the ratios of the methods' papers, weights of the losses are theirs. Their optimiser (SGD or
    LARS with large batches, hundreds of epochs) is not: the protocol is paper 1's, so that the loss and the
    views alone differ. These methods may do better with more of both.

    Parameters
    ----------
    images : ndarray, (N, S, S)
        As in :func:`semlib.sem.train.fit`.
    config : TrainConfig, optional
        What belongs to the paper's own loss and views (``levels``, ``pairs``, ``views``, ``stop_gradient``,
        ``head``, ``drop_last``) must be left alone. ``seed`` sets the initial encoder (the same as in
        ``fit``), the order, and the views.
    method : {"simsiam", "vicreg", "barlow"}
    augment : Augment, optional
        By default all of :class:`~semlib.sem.stronger.augment.Augment`, which makes the shading useless as a
        shortcut.
    progress : bool, default True
        Show a bar.

    Returns
    -------
    Training
        ``encoder`` is for :func:`semlib.sem.train.embed`. ``history`` has ``epoch``, ``loss`` and, of VICReg,
        its parts; ``spread`` and ``effective_rank`` are of the embeddings of the first view. On one CPU and
        with one number of threads the result is bit-exact.

    Raises
    ------
    TypeError, ValueError
        Bad images or options; fewer images than one batch.
    FloatingPointError
        If the loss stops being finite.
    """
    config, augment = config or TrainConfig(), augment or Augment()
    check_pixels(images)
    if method not in METHODS:
        raise ValueError(f"method={method!r} must be one of {', '.join(METHODS)}")
    check_config(config, len(images))
    device = runtime.device(config.device)
    encoder, _ = initial(config, device)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seeded(config.seed, 1))
        heads = METHODS[method](config.dim).to(device)
    generator = torch.Generator(device).manual_seed(seeded(config.seed, 2))

    def loss_of(batch: Tensor, _: np.ndarray) -> tuple[dict[str, Tensor], Tensor]:
        first, second = two_views(batch, augment, generator)
        with autocast(device, config.precision):
            z1, z2 = encoder(first), encoder(second)
        z1, z2 = z1.float(), z2.float()
        return heads(z1, z2), z1

    views = Views(images, 2, config.normalize, device)
    history = train_epochs(
        config, [encoder, heads], loss_of, views, np.arange(len(images)), progress=progress
    )
    return Training(encoder.cpu().eval(), history, config)
