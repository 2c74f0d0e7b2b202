"""Losses of two views of the same images: SimSiam, VICReg, Barlow Twins (not in paper 1).

Each keeps the embeddings from collapsing in another way: SimSiam by a stop-gradient, VICReg by a least
variance of each dimension, Barlow Twins by a correlation matrix that should be the identity.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor


def simsiam_loss(p1: Tensor, p2: Tensor, z1: Tensor, z2: Tensor) -> Tensor:
    """Return SimSiam's symmetrical loss with stop-gradient, plus 1 so that perfect agreement is 0.

    Chen & He 2021, eq. 1–4 (doi:10.1109/CVPR46437.2021.01549). Each projection is pulled towards the other
    view's embedding, which gets no gradient.

    Parameters
    ----------
    p1, p2, z1, z2 : Tensor (N, D)
        Predictions and projections of the first and the second view.

    Returns
    -------
    Tensor
        A scalar in [0, 2].
    """
    _check(p1=p1, p2=p2, z1=z1, z2=z2)
    first = F.cosine_similarity(p1, z2.detach(), dim=1)
    second = F.cosine_similarity(p2, z1.detach(), dim=1)
    return 1 - (first + second).mean() / 2


class VicregLoss(NamedTuple):
    """VICReg's loss and its three parts, each before its weight."""

    total: Tensor
    invariance: Tensor
    variance: Tensor
    covariance: Tensor


def vicreg_loss(
    z1: Tensor,
    z2: Tensor,
    *,
    invariance: float = 25.0,
    variance: float = 25.0,
    covariance: float = 1.0,
    target: float = 1.0,
    eps: float = 1e-4,
) -> VicregLoss:
    """Return VICReg's loss: variance, invariance, covariance.

    Bardes, Ponce & LeCun 2022, eq. 1–6 (arXiv:2105.04906). In eq. 5 the squared distance is summed over the
    dimensions, in the paper's Algorithm 1 it is their mean; the weights belong to the algorithm, so this is
    what is done here.

    Parameters
    ----------
    z1, z2 : Tensor (N, D)
        Outputs of the expander for the two views, N at least 2.
    invariance, variance, covariance : float, default 25, 25, 1
        Weights λ, μ, ν of eq. 6.
    target : float, default 1
        γ of eq. 1, the standard deviation from which on a dimension costs nothing.
    eps : float, default 1e-4
        ε of eq. 2, under the root.

    Returns
    -------
    VicregLoss
        ``variance`` and ``covariance`` are sums over the two views, as in eq. 6.
    """
    _check(z1=z1, z2=z2)
    agree = F.mse_loss(z1, z2)
    spread = sum(F.relu(target - (z.var(0) + eps).sqrt()).mean() for z in (z1, z2))
    mixed = sum(_off_diagonal(torch.cov(z.T)).square().sum() / z.shape[1] for z in (z1, z2))
    return VicregLoss(invariance * agree + variance * spread + covariance * mixed, agree, spread, mixed)


def barlow_loss(z1: Tensor, z2: Tensor, *, off_diagonal: float = 0.005) -> Tensor:
    """Return the loss of Barlow Twins: the two views' correlation matrix should be the identity.

    Zbontar et al. 2021, eq. 1–2 (arXiv:2103.03230).

    Parameters
    ----------
    z1, z2 : Tensor (N, D)
        Projections of the two views, N at least 2. They are centred here.
    off_diagonal : float, default 0.005
        λ of eq. 1.

    Returns
    -------
    Tensor
        A scalar, 0 at best. A dimension that is the same for all images has correlation 0.
    """
    _check(z1=z1, z2=z2)
    first, second = (F.normalize(z - z.mean(0), dim=0) for z in (z1, z2))
    correlation = first.T @ second
    on = (1 - correlation.diagonal()).square().sum()
    return on + off_diagonal * _off_diagonal(correlation).square().sum()


def _off_diagonal(matrix: Tensor) -> Tensor:
    return matrix - torch.diag(matrix.diagonal())


def _check(**vectors: Tensor) -> None:
    shapes = {name: tuple(value.shape) for name, value in vectors.items()}
    shape = next(iter(shapes.values()))
    if len(set(shapes.values())) > 1 or len(shape) != 2 or shape[0] < 2:
        listed = ", ".join(f"{name} {shape}" for name, shape in shapes.items())
        raise ValueError(f"shapes are {listed}; pass tensors of one shape (N, D), N at least 2")
