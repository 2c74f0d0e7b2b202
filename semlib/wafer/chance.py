"""How large a cluster chance alone makes: a size floor for NPFC's practical mode. Ours, not the paper's.

A cluster is evidence of a pattern only if noise would hardly make one as large. How large noise makes them
depends on how much noise there is, and a little on the number of dies. Both can be read from the map itself.
"""

from __future__ import annotations

from math import ceil, log10

import numpy as np
from scipy import ndimage

from semlib.wafer.maps import DEFECTIVE, NO_DIE

#: Share of noise p, then a and b: the clusters of s dies or more are 10^(a - s / b) times the wafer's dies,
#: after the noise rule and the pre-merge. Measured by tools/chance_clusters.py on 20,000 wafers for each p.
_TAIL = (
    (0.01, -0.877, 0.773),
    (0.02, -1.060, 1.059),
    (0.03, -1.540, 1.532),
    (0.04, -1.679, 1.972),
    (0.05, -1.903, 2.558),
    (0.06, -1.885, 3.062),
    (0.08, -2.001, 4.612),
    (0.1, -2.082, 6.790),
    (0.12, -2.177, 10.185),
    (0.14, -2.290, 15.862),
    (0.16, -2.493, 27.220),
    (0.18, -2.532, 44.179),
    (0.2, -2.561, 73.966),
)

_OTHERS = np.array([[1, 1, 1], [1, 0, 1], [1, 1, 1]])


def noise_share(wafer_map: np.ndarray) -> float:
    """Estimate the share of dies that are defective by chance, from the map itself.

    It is the share of defective dies among those without a defective neighbour, corners included. They lie
    outside the patterns, and whether a die is noise does not depend on its neighbours.

    Parameters
    ----------
    wafer_map : ndarray of uint8, shape (H, W)
        A checked map.

    Returns
    -------
    float
        0 to 1. 0 where no die is without a defective neighbour: the noise cannot be seen.
    """
    defective = wafer_map == DEFECTIVE
    neighbours = ndimage.convolve(defective.astype(np.uint8), _OTHERS, mode="constant")
    quiet = (wafer_map != NO_DIE) & (neighbours == 0)
    n_quiet = int(quiet.sum())
    return int((quiet & defective).sum()) / n_quiet if n_quiet else 0.0


def chance_floor(noise: float, n_dies: int, *, alarms: float = 0.05) -> int:
    """Return the size that a cluster of noise reaches on at most a share ``alarms`` of the wafers.

    For clusters after NPFC's noise rule (groups of one or two dies go) and its pre-merge (√8).

    Parameters
    ----------
    noise : float
        Share of the dies that are defective by chance, 0 to 1. Above 0.2, where noise begins to hang together
        across the whole wafer, the floor is that of 0.2.
    n_dies : int
        Dies of the wafer.
    alarms : float, default 0.05
        Share of the wafers without a pattern on which a cluster may still reach the floor. It holds up to a
        tenth of noise; beyond, alarms are more.

    Returns
    -------
    int
        At least 3, the smallest cluster there is.
    """
    if not 0 <= noise <= 1:
        raise ValueError(f"noise={noise} must be a share between 0 and 1")
    if n_dies < 1 or not 0 < alarms < 1:
        raise ValueError(
            f"n_dies={n_dies} must be at least 1, and alarms={alarms} between 0 and 1, neither of them"
        )
    sizes = [b * (a - log10(alarms / n_dies)) for _, a, b in _TAIL]
    return max(3, ceil(np.interp(noise, [0, *(p for p, _, _ in _TAIL)], [0, *sizes])))
