"""How far embeddings have collapsed: their spread, and the directions that they use."""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor


def spread(z: Tensor) -> float:
    """Return the mean per-dimension standard deviation of z/‖z‖, times √d.

    1 where embeddings point in all directions alike, 0 where all are the same (Chen & He 2021, section 4.1).

    Parameters
    ----------
    z : Tensor (N, d)
    """
    unit = F.normalize(z.double(), dim=1)
    return float(unit.std(0, correction=0).mean() * z.shape[1] ** 0.5)


def effective_rank(z: Tensor) -> float:
    """Return the effective rank of the centred embeddings, 1 to d (Roy & Vetterli 2007).

    The exponential of the entropy of the normalised singular values: how many directions are used.

    Parameters
    ----------
    z : Tensor (N, d)
    """
    values = torch.linalg.svdvals((z - z.mean(0)).double())
    if not values.sum() > 0:
        return 1.0
    shares = values / values.sum()
    return float(torch.exp(torch.special.entr(shares).sum()))


def diagnostics(z: np.ndarray) -> dict[str, float]:
    """Return :func:`spread` and :func:`effective_rank` of embeddings, such as those of all images.

    In the history of a training the same two figures are of an epoch's batches, while the weights change;
    these are of one encoder.

    Parameters
    ----------
    z : ndarray (N, d)
    """
    z = torch.from_numpy(np.require(z, requirements="CW"))
    return {"spread": spread(z), "effective_rank": effective_rank(z)}
