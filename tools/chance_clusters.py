"""Measure how large the clusters are that chance alone makes: the table in ``semlib/wafer/chance.py``.

Wafers of 52 x 52 without a pattern, each die defective with probability p. After NPFC's noise rule and
pre-merge, the number of clusters of s or more dies, divided by the number of dies, falls off as
``10^(a - s / b)``; a and b are fitted for each p.

    python tools/chance_clusters.py            prints the table; some minutes on one core
"""

from __future__ import annotations

import argparse

import numpy as np

from semlib.wafer.npfc_types import PracticalOptions
from semlib.wafer.practical import cluster_sizes
from semlib.wafer.synthetic import synthetic_mixed_maps

NOISE = (0.01, 0.02, 0.03, 0.04, 0.05, 0.06, 0.08, 0.1, 0.12, 0.14, 0.16, 0.18, 0.2)


def rates(noise: float, n_maps: int, seed: int = 0) -> np.ndarray:
    """Return the number of clusters of s or more dies for each die of the wafer, s = 0, 1, 2, ..."""
    maps, _ = synthetic_mixed_maps(n_maps, 0, noise, seed=seed)
    sizes = np.concatenate([cluster_sizes(m, PracticalOptions()) for m in maps])
    counts = np.bincount(sizes.astype(int), minlength=4)
    return counts[::-1].cumsum()[::-1] / (maps > 0).sum()


def tail(rate: np.ndarray, dies: float) -> tuple[float, float]:
    """Fit a line to log10 of the rate, over the sizes of which there is one for 100 to 100,000 dies or so.

    The floor for a wafer lies near the lower end of these rates or a little beyond it.
    """
    seen = np.flatnonzero((rate * dies >= 20) & (rate <= 1e-3))
    seen = seen[seen >= 3]
    if len(seen) < 3:
        seen = np.flatnonzero(rate * dies >= 20)[3:]
    slope, a = np.polyfit(seen, np.log10(rate[seen]), 1)
    return float(a), float(-1 / slope)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--maps", type=int, default=20000, help="wafers for each noise level")
    n_maps = parser.parse_args().maps
    for noise in NOISE:
        rate = rates(noise, n_maps)
        a, b = tail(rate, n_maps * 2124)
        print(f"    ({noise}, {a:.3f}, {b:.3f}),", flush=True)


if __name__ == "__main__":
    main()
