"""NPFC's practical mode: ours, not the paper's. The paper's first two steps, then a size floor.

1. Noise rule and pre-merge, as in the paper: groups of one or two dies go; clusters at most √8 apart are one.
2. The floor: a cluster of at least ``min_dies`` dies (15) is a pattern and gets a label, wherever it lies. A
   smaller one is removed.

That is all. There is no choice of Num: it is the number of patterns, so it may be 0, 1, or more than 5. No
cluster is compared with another. So none is lost for its radius (a centre beside a broken ring), none joins
one far away, and nothing depends on R or on the places without a die.

Why 15: no label chose it. Chance makes clusters where there is no pattern. On wafers of 52 x 52, none of
3,000 reached 15 dies at 5 % noise, 10 % did at 10 %, and all at 20 %. With more noise, or many thousand
dies, the floor should be higher. On small wafers with little noise it may be lower, for a pattern below it is
lost; so the clusters just below it (10 to 14 dies) are named in ``NpfcResult.warnings``.

What it cannot do: part patterns that touch; see that the pieces of a broken ring belong together (each
counts); keep a scratch with so many gaps that its pieces are below the floor; tell noise from patterns at
20 % noise.
"""

from __future__ import annotations

import numpy as np

from semlib.wafer import clusters as grouping
from semlib.wafer.closeness import Decision
from semlib.wafer.maps import DEFECTIVE, GOOD, die_radius
from semlib.wafer.npfc_types import NpfcResult, PracticalOptions


def run_practical(wafer_map: np.ndarray, options: PracticalOptions) -> NpfcResult:
    """Do what ``npfc(wafer_map, mode="practical")`` does, for a checked map and checked options.

    Parameters
    ----------
    wafer_map : ndarray of uint8, shape (H, W)
    options : PracticalOptions

    Returns
    -------
    NpfcResult
        ``cores`` are all clusters that reach the floor; ``scores`` and ``decisions_by_num`` are empty.
    """
    preliminary, noise = grouping.preliminary_clusters(wafer_map, noise_size=options.noise_size)
    merged = grouping.premerge(preliminary, gap=options.gap)[0]
    points, clusters = np.argwhere(merged >= 0), merged[merged >= 0]
    sizes = np.bincount(clusters)
    num = int((sizes >= options.min_dies).sum())  # the first, for the largest comes first
    labels = np.where(merged < num, merged, np.int32(-1))

    radii = np.sqrt(grouping.squared_radii(points, merged.shape)) / 2
    rmin, rmax = grouping.group_range(clusters, radii)
    return NpfcResult(
        num=num,
        labels=labels,
        filtered=np.where((wafer_map == DEFECTIVE) & (labels < 0), np.uint8(GOOD), wafer_map),
        preliminary=preliminary,
        merged=merged,
        noise=noise,
        cores=tuple(range(num)),
        radius=die_radius(wafer_map),
        scores=(),
        decisions=tuple(
            _too_small(k, int(sizes[k]), float(rmin[k]), float(rmax[k]), options.min_dies)
            for k in range(num, len(sizes))
        ),
        decisions_by_num={},
        options=options,
    )


def _too_small(cluster: int, size: int, rmin: float, rmax: float, min_dies: int) -> Decision:
    return Decision(
        cluster,
        size,
        rmin,
        rmax,
        cases=(),
        alpha=(),
        n_dist=(),
        f_dist=(),
        m_dist=(),
        den=(),
        f1=(),
        f2=(),
        verdict="removed",
        into=None,
        reason=f"It has fewer dies than the size floor of {min_dies}.",
    )
