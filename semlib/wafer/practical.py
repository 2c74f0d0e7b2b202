"""NPFC's practical mode: ours, not the paper's. The paper's first two steps, then a size floor.

1. Noise rule and pre-merge, as in the paper: groups of one or two dies go; clusters at most √8 apart are one.
2. The floor: a cluster of at least ``min_dies`` dies (30) is a pattern and gets a label, wherever it lies. A
   smaller one is removed.

That is all. There is no choice of Num: it is the number of patterns, so it may be 0, 1, or more than 5. No
cluster is compared with another. So none is lost for its radius (a centre beside a broken ring), none joins
one far away, and nothing depends on R or on the places without a die.

The 30 was chosen by a blind comparison (``tools/practical_floor.py``, with ``results/practical_floor.json``):
five floors on labelled maps of MixedWM38 that no floor had been looked at on, and on the wafer twin, by
criteria and a rule that were fixed before the run. All maps there have 52 x 52 places. On WM-811K's wafers of
many sizes 20 and 30 count best too, but on small ones, and of scratches, 30 dies keeps too little
(``results/practical_floor_wm811k.json``): set ``min_dies=15`` there. ``min_dies="chance"`` takes the floor
from the map itself and from chance, not from labels (`semlib.wafer.chance`): the noise is the share of
defective dies among those without a defective neighbour, and the floor is the size that clusters of such
noise reach on one of twenty wafers. On 52 x 52 that is 4 dies at 2 % noise, 7 at 5 %, 18 at 10 %, some 150 at
20 %. That was the default before the comparison, and it came second.

A removed cluster of 10 dies or more is named in ``NpfcResult.warnings``: a small pattern may have gone.

What it cannot do: part patterns that touch; see that the pieces of a broken ring belong together (each
counts); keep a pattern, or the pieces of a scratch, below the floor; tell patterns from noise where a fifth
of the dies is defective by chance. In MixedWM38 the median map with patterns has some 18 % of such noise, and
patterns hang together with what lies between them: there this mode tells maps with none or one pattern far
better than the paper's, and counts two or more far worse.
"""

from __future__ import annotations

import numpy as np

from semlib.wafer import clusters as grouping
from semlib.wafer._npfc_steps import filtered_map, is_compiled_gap
from semlib.wafer.chance import chance_floor, noise_share
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
    floor = _floor(wafer_map, options)
    num = int((sizes >= floor).sum())  # the first, for the largest comes first
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
            _too_small(num + k, *numbers, floor)
            for k, numbers in enumerate(
                zip(sizes[num:].tolist(), rmin[num:].tolist(), rmax[num:].tolist(), strict=True)
            )
        ),
        decisions_by_num={},
        options=options,
        floor=floor,
    )


def _floor(wafer_map: np.ndarray, options: PracticalOptions) -> int:
    if options.min_dies != "chance":
        return int(options.min_dies)
    return chance_floor(noise_share(wafer_map), np.count_nonzero(wafer_map), alarms=options.alarms)


def cluster_sizes(wafer_map: np.ndarray, options: PracticalOptions) -> np.ndarray:
    """Return the sizes of the clusters after noise rule and pre-merge, largest first, of a checked map."""
    return (_compiled if is_compiled_gap(options.gap) else _numpy)(wafer_map, options)[4]


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


def _too_small(cluster: int, size: int, rmin: float, rmax: float, floor: int) -> Decision:
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
        reason=f"It has fewer dies than the size floor of {floor}.",
    )
