"""The encoder, the projection head and the loss of paper 1, section 4."""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class Encoder(nn.Module):
    """The shared encoder f: a grey image of any size becomes a vector of ``dim`` numbers.

    Three blocks of (3×3 convolution with stride 2 and padding 1, batch normalisation, ReLU) with 32, 64 and
    128 channels, adaptive average pooling to 1×1, and a linear layer (paper 1, section 4, "Encoder
    Architecture"). The same weights see all pyramid levels. The convolutions have no bias, since batch
    normalisation follows (open in the paper).

    Parameters
    ----------
    dim : int, default 128
        Length of the embedding.
    """

    def __init__(self, dim: int = 128) -> None:
        super().__init__()
        self.blocks = nn.Sequential(_block(1, 32), _block(32, 64), _block(64, 128))
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.linear = nn.Linear(128, dim)

    def forward(self, x: Tensor) -> Tensor:
        """Map images (N, 1, H, W) to embeddings z (N, dim)."""
        return self.linear(self.pool(self.blocks(x)).flatten(1))


def _block(channels_in: int, channels_out: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(channels_in, channels_out, kernel_size=3, stride=2, padding=1, bias=False),
        nn.BatchNorm2d(channels_out),
        nn.ReLU(inplace=True),
    )


class ProjectionHead(nn.Sequential):
    """The projection head g, used for training only: linear, batch normalisation, ReLU, linear.

    Paper 1, section 4, "Projection Head". The paper gives "128 dimensions"; that the hidden layer has as
    many is our reading.

    Parameters
    ----------
    dim : int, default 128
        Length of its input, hidden layer and output.
    """

    def __init__(self, dim: int = 128) -> None:
        super().__init__(nn.Linear(dim, dim), nn.BatchNorm1d(dim), nn.ReLU(inplace=True), nn.Linear(dim, dim))


def cross_scale_loss(
    z: Sequence[Tensor], p: Sequence[Tensor], pairs: str | Sequence[tuple[int, int]] = "all"
) -> Tensor:
    """Return the cross-scale consistency loss with stop-gradient.

    For each ordered pair (j, k) of levels, the projection ``p[j]`` is pulled towards ``z[k]``, which gets no
    gradient: ``1 − cos(p[j], stop_gradient(z[k]))``, averaged over images and pairs (paper 1, section 4,
    "Cross-Scale Consistency Objective"; the form is that of SimSiam, Chen & He 2021, eq. 1–4). The constant
    1 makes the loss zero at perfect agreement and has no effect on the gradient.

    Parameters
    ----------
    z, p : sequence of Tensor, each (N, dim)
        Encoder outputs and projections, one for each pyramid level.
    pairs : "all" or sequence of (int, int), default "all"
        The ordered pairs (level of p, level of z). "all" takes every ordered pair of two levels.

    Returns
    -------
    Tensor
        A scalar in [0, 2].

    Raises
    ------
    ValueError
        If ``z`` and ``p`` differ in length, or a pair names a level that is not there.
    """
    if len(z) != len(p):
        raise ValueError(
            f"z has {len(z)} levels and p has {len(p)}; pass one of each for every pyramid level"
        )
    levels = range(len(z))
    if pairs == "all":
        pairs = [(j, k) for j in levels for k in levels if j != k]
    if not pairs or any(j not in levels or k not in levels for j, k in pairs):
        raise ValueError(f"pairs={pairs!r} must be a non-empty list of pairs of levels in 0…{len(z) - 1}")
    losses = [1 - F.cosine_similarity(p[j], z[k].detach(), dim=1).mean() for j, k in pairs]
    return torch.stack(losses).mean()


def parameter_counts(module: nn.Module) -> dict[str, int]:
    """Return the number of trained parameters of each direct part of a module, and ``"total"``."""
    counts = {name: sum(p.numel() for p in part.parameters()) for name, part in module.named_children()}
    return {**counts, "total": sum(p.numel() for p in module.parameters())}
