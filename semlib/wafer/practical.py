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
from semlib.wafer._npfc_steps import filtered_map, is_compiled_gap
from semlib.wafer.closeness import Decision
from semlib.wafer.maps import die_radius
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
    steps = _compiled if is_compiled_gap(options.gap) else _numpy
    preliminary, merged, noise, radius, sizes, rmin, rmax = steps(wafer_map, options)
    num = int((sizes >= options.min_dies).sum())  # the first, for the largest comes first
    labels = np.where(merged < num, merged, np.int32(-1))
    return NpfcResult(
        num=num,
        labels=labels,
        filtered=filtered_map(wafer_map, labels),
        preliminary=preliminary,
        merged=merged,
        noise=noise,
        cores=tuple(range(num)),
        radius=radius,
        scores=(),
        decisions=tuple(
            _too_small(num + k, *numbers, options.min_dies)
            for k, numbers in enumerate(
                zip(sizes[num:].tolist(), rmin[num:].tolist(), rmax[num:].tolist(), strict=True)
            )
        ),
        decisions_by_num={},
        options=options,
    )


def _numpy(wafer_map: np.ndarray, options: PracticalOptions) -> tuple:
    """Return preliminary, merged, noise, R, and the sizes, rmin and rmax of the merged clusters."""
    preliminary, noise = grouping.preliminary_clusters(wafer_map, noise_size=options.noise_size)
    merged = grouping.premerge(preliminary, gap=options.gap)[0]
    clusters = merged[merged >= 0]
    radii = np.sqrt(grouping.squared_radii(np.argwhere(merged >= 0), merged.shape)) / 2
    ranges = grouping.group_range(clusters, radii)
    return preliminary, merged, noise, die_radius(wafer_map), np.bincount(clusters), *ranges


def _compiled(wafer_map: np.ndarray, options: PracticalOptions) -> tuple:
    """Return the same from the compiled loops."""
    from semlib.wafer._fast import full

    found = full.pictures(np.ascontiguousarray(wafer_map), int(options.noise_size))
    preliminary, merged, noise, radius = found[:4]
    sizes, squared_rmin, squared_rmax = found[-2][:3]  # of four times the squared radii
    return preliminary, merged, noise, radius, sizes, np.sqrt(squared_rmin) / 2, np.sqrt(squared_rmax) / 2


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
