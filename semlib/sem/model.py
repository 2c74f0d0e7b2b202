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
    pool : {"average", "max", "average+max"}, default "average"
        How each channel becomes one number: by the mean of all places, the largest, or the sum of both. The
        paper fixes the mean; the others are ablations, with the same number of weights.

    Raises
    ------
    ValueError
        If ``pool`` is unknown.
    """

    def __init__(self, dim: int = 128, pool: str = "average") -> None:
        super().__init__()
        if pool not in POOLS:
            raise ValueError(f"pool={pool!r} is unknown; choose one of {', '.join(POOLS)}")
        self.blocks = nn.Sequential(_block(1, 32), _block(32, 64), _block(64, 128))
        self.pool = POOLS[pool]()
        self.linear = nn.Linear(128, dim)

    def forward(self, x: Tensor) -> Tensor:
        """Map images (N, 1, H, W) to embeddings z (N, dim)."""
        return self.linear(self.pool(self.blocks(x)).flatten(1))


class _AverageAndMax(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return F.adaptive_avg_pool2d(x, 1) + F.adaptive_max_pool2d(x, 1)


#: Ways of pooling; each makes a module from (N, C, H, W) to (N, C, 1, 1).
POOLS = {
    "average": lambda: nn.AdaptiveAvgPool2d(1),
    "max": lambda: nn.AdaptiveMaxPool2d(1),
    "average+max": _AverageAndMax,
}


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
    z: Sequence[Tensor],
    p: Sequence[Tensor],
    pairs: str | Sequence[tuple[int, int]] = "all",
    *,
    stop_gradient: bool = True,
) -> Tensor:
    """Return the cross-scale consistency loss with stop-gradient, averaged over images and pairs of levels.

    See :func:`pair_losses`.

    Returns
    -------
    Tensor
        A scalar in [0, 2].
    """
    return pair_losses(z, p, pairs, stop_gradient=stop_gradient).mean()


def pair_losses(
    z: Sequence[Tensor],
    p: Sequence[Tensor],
    pairs: str | Sequence[tuple[int, int]] = "all",
    *,
    stop_gradient: bool = True,
) -> Tensor:
    """Return the loss of each ordered pair of levels.

    For each ordered pair (j, k) of levels, the projection ``p[j]`` is pulled towards ``z[k]``, which gets no
    gradient: ``1 − cos(p[j], stop_gradient(z[k]))``, averaged over images (paper 1, section 4, "Cross-Scale
    Consistency Objective"; the form is that of SimSiam, Chen & He 2021, eq. 1–4). The constant 1 makes the
    loss zero at perfect agreement and has no effect on the gradient.

    Parameters
    ----------
    z, p : sequence of Tensor, each (N, dim)
        Encoder outputs and projections, one for each pyramid level.
    pairs : "all" or sequence of (int, int), default "all"
        The ordered pairs (level of p, level of z). "all" takes every ordered pair of two levels.
    stop_gradient : bool, default True
        False is an ablation: z gets a gradient too.

    Returns
    -------
    Tensor (len(pairs),)
        Each in [0, 2]; the order is that of :func:`level_pairs`.

    Raises
    ------
    ValueError
        If ``z`` and ``p`` differ in length, or a pair names a level that is not there.
    """
    if len(z) != len(p):
        raise ValueError(
            f"z has {len(z)} levels and p has {len(p)}; pass one of each for every pyramid level"
        )
    pairs = level_pairs(pairs, len(z))
    targets = [zk.detach() for zk in z] if stop_gradient else z
    losses = [1 - F.cosine_similarity(p[j], targets[k], dim=1).mean() for j, k in pairs]
    return torch.stack(losses)


def level_pairs(pairs: str | Sequence[tuple[int, int]], levels: int) -> list[tuple[int, int]]:
    """Return the ordered pairs of levels that ``pairs`` means, or say which level is not there."""
    if pairs == "all":
        pairs = [(j, k) for j in range(levels) for k in range(levels) if j != k]
    if not pairs or any(j not in range(levels) or k not in range(levels) for j, k in pairs):
        raise ValueError(f"pairs={pairs!r} must be a non-empty list of pairs of levels in 0…{levels - 1}")
    pairs = [(j, k) for j, k in pairs]
    if len(set(pairs)) < len(pairs):
        raise ValueError(f"pairs={pairs!r} names a pair twice; name each once, all count the same")
    return pairs


def parameter_counts(module: nn.Module) -> dict[str, int]:
    """Return the number of trained parameters of each direct part of a module, and ``"total"``."""
    counts = {name: sum(p.numel() for p in part.parameters()) for name, part in module.named_children()}
    return {**counts, "total": sum(p.numel() for p in module.parameters())}
