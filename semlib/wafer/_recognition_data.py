"""What the study of recognition is fed: classes, parts that share no map, filters, added noise, the twin."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import combinations

import numpy as np
from joblib import Parallel, delayed

from semlib.split import content_groups, split_by_group
from semlib.wafer._wafer_maps import WaferMaps
from semlib.wafer.adjacency import adjacency_filter
from semlib.wafer.filters import dbscan, labels_to_filtered, median_filter, merge_and_size_floor
from semlib.wafer.maps import DEFECTIVE, GOOD
from semlib.wafer.npfc_many import npfc_many
from semlib.wafer.synthetic import PATTERNS, synthetic_mixed_maps

RAW = "raw"
_TEST = 0.3  # share of the maps from which the test part is drawn


def _keep(cluster: Callable[[np.ndarray], np.ndarray], maps: np.ndarray, n_jobs: int) -> np.ndarray:
    return _each(lambda m: labels_to_filtered(m, cluster(m)), maps, n_jobs)


def _each(function: Callable[[np.ndarray], np.ndarray], maps: np.ndarray, n_jobs: int) -> np.ndarray:
    return np.stack(Parallel(n_jobs=n_jobs)(delayed(function)(m) for m in maps))


def _npfc(mode: str, maps: np.ndarray, n_jobs: int) -> np.ndarray:
    found = npfc_many(maps, brief=True, mode=mode, n_jobs=n_jobs, progress=False)
    return np.stack([result.filtered for result in found])


#: What the classifiers see, by name: ``FILTERS[name](maps, n_jobs)`` turns maps (N, H, W) into filtered ones.
#: All filters have their default parameters; none was chosen by what is recognised.
FILTERS: dict[str, Callable[[np.ndarray, int], np.ndarray]] = {
    RAW: lambda maps, n_jobs: maps,
    "median 3×3": partial(_each, median_filter),
    "DBSCAN(√2, 3)": partial(_keep, dbscan),
    "NPFC": partial(_npfc, "paper"),
    "NPFC, practical": partial(_npfc, "practical"),
    "adjacency clustering": partial(_each, adjacency_filter),
    "√8 merge, keep ≥ 15": partial(_keep, merge_and_size_floor),
}


def filter_maps(maps: np.ndarray, name: str, *, n_jobs: int = 1) -> np.ndarray:
    """Return maps (N, H, W) as the filter of that name, of `FILTERS`, leaves them."""
    if name not in FILTERS:
        raise ValueError(f"filters names {name!r}; choose from {', '.join(FILTERS)}")
    return FILTERS[name](maps, n_jobs)


def add_noise(maps: np.ndarray, share: float, seed: int) -> np.ndarray:
    """Return maps in which each good die is defective with the probability ``share``."""
    if not 0 <= share <= 0.5:
        raise ValueError(f"noise={share} must be a share between 0 and 0.5")
    if not share:
        return maps
    hit = np.random.default_rng(seed).random(maps.shape, np.float32) < share
    return np.where(hit & (maps == GOOD), DEFECTIVE, maps).astype(np.uint8)


def pattern_classes(maps: WaferMaps) -> tuple[np.ndarray, list[tuple[str, ...]]]:
    """Number the combinations of patterns: int64 (N,), and the patterns of each number.

    Fewer patterns first, then in the order of ``maps.pattern_names``.
    """
    if maps.patterns is None:
        raise ValueError(f"maps has no patterns ({maps.source}); the classifier needs labels to learn from")
    rows = [tuple(np.flatnonzero(row).tolist()) for row in maps.patterns]
    found = sorted(set(rows), key=lambda row: (len(row), row))
    number = {row: k for k, row in enumerate(found)}
    names = [tuple(maps.pattern_names[i] for i in row) for row in found]
    return np.array([number[row] for row in rows]), names


def turned_groups(maps: np.ndarray) -> np.ndarray:
    """Number maps (N, H, W) so that equal ones, and those equal after a turn or in a mirror, get one number.

    Training turns and mirrors its maps, so such copies must not meet in two parts.
    """
    return content_groups(
        min((np.rot90(side, k) for side in (m, m.T) for k in range(4)), key=lambda t: (t.shape, t.tobytes()))
        for m in maps
    )


@dataclass(frozen=True, eq=False)
class Parts:
    """Indices of the maps to learn from, to stop by, and to test on: int64, ascending."""

    train: np.ndarray
    validation: np.ndarray
    test: np.ndarray


def split_parts(
    groups: np.ndarray,
    classes: np.ndarray,
    sizes: tuple[int, int, int],
    *,
    seed: int,
    test_seed: int = 0,
) -> Parts:
    """Draw parts that share no group, with at most so many maps of each class.

    Parameters
    ----------
    groups, classes : ndarray of int (N,)
        What stays together; what each part holds equally many of, as far as they go.
    sizes : (int, int, int)
        Maps of each class for training, validation and test.
    seed : int
        Of training and validation. The test part depends on ``test_seed`` alone, so that all runs are tested
        on the same maps.

    Raises
    ------
    ValueError
        If a class has no map in a part.
    """
    if len(sizes) != 3 or min(sizes) < 1:
        raise ValueError(f"sizes={sizes} must be three numbers of at least 1: train, validation, test")
    pool, test = split_by_group(groups, test=_TEST, seed=test_seed)
    train, validation = split_by_group(groups[pool], test=sizes[1] / (sizes[0] + sizes[1]), seed=seed)
    parts = {"train": pool[train], "validation": pool[validation], "test": test}
    drawn = {}
    for (name, part), size in zip(parts.items(), sizes, strict=True):
        rng = np.random.default_rng([test_seed if name == "test" else seed, len(drawn)])
        mixed = rng.permutation(part)
        taken = [mixed[classes[mixed] == k][:size] for k in range(classes.max() + 1)]
        if not all(map(len, taken)):
            missing = [k for k, some in enumerate(taken) if not len(some)]
            raise ValueError(
                f"the {name} part has no map of the classes {missing}; pass more maps of each class"
            )
        drawn[name] = np.sort(np.concatenate(taken))
    return Parts(**drawn)


def twin_combinations(most: int = 4) -> list[tuple[str, ...]]:
    """Return the twin's combinations of at most so many patterns; all 36 by default."""
    never = ({"Center", "Donut"}, {"Edge-Loc", "Edge-Ring"})
    return [
        names
        for count in range(most + 1)
        for names in combinations(PATTERNS, count)
        if not any(pair <= set(names) for pair in never)
    ]


def balanced_twin(
    n: int,
    sets: Sequence[tuple[str, ...]],
    noises: Sequence[float] = (0.05, 0.2),
    *,
    seed: int = 0,
) -> tuple[WaferMaps, np.ndarray]:
    """Make ``n`` maps of the twin for each set of patterns, the noise levels in turn.

    Returns
    -------
    maps : WaferMaps
        Labelled with the set that each was made from.
    noise : ndarray of float64 (N,)
        Each map's level.
    """
    if n < 1 or not len(sets) or not len(noises):
        raise ValueError(f"n={n} must be at least 1, and sets and noises must not be empty")
    parts, rows, levels = [], [], []
    for k, names in enumerate(sets):
        for j, noise in enumerate(noises):
            count = len(range(j, n, len(noises)))
            own = seed * len(sets) * len(noises) + k * len(noises) + j  # no two draw the same maps
            parts.append(synthetic_mixed_maps(count, names or 0, noise, own)[0])
            rows += [[name in names for name in PATTERNS]] * count
            levels += [noise] * count
    levels_named = " and ".join(f"{noise:.0%}" for noise in noises)
    maps = WaferMaps(
        list(np.concatenate(parts)),
        f"wafer twin (synthetic), {len(rows):,} maps of {len(sets)} combinations, noise {levels_named}",
        PATTERNS,
        np.array(rows),
        is_synthetic=True,
    )
    return maps, np.array(levels)
