"""Facts about images and wafer maps, each measured on arrays: labels, copies, sizes, greys, defects."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from scipy.stats import entropy

from semlib.registry import DataSet
from semlib.sem.evaluate import nmi_ceiling_equal_clusters
from semlib.sem.synthetic import look_statistics
from semlib.wafer.maps import DEFECTIVE, NO_DIE

#: A row or column of an image counts as black border where its median grey is below this, of 255.
BLACK = 20
SEED = 0
UNLABELLED = "no label"


def label_facts(counts: Mapping[str, int], k: int) -> dict:
    """Return the entropy of labels in nats, and the bound of NMI for k clusters of equal size.

    Both are None where nothing is labelled.
    """
    present = np.array([n for n in counts.values() if n])
    facts = {"classes": dict(counts), "clusters": k, "entropy": None, "nmi_ceiling": None}
    if present.size:
        labels = np.repeat(np.arange(len(present)), present)
        facts["entropy"] = round(float(entropy(present)), 6)
        facts["nmi_ceiling"] = round(nmi_ceiling_equal_clusters(labels, k), 6)
    return facts


def groupings(
    data: DataSet, counts: dict[str, int], combinations: dict[str, int] | None = None
) -> list[dict]:
    """Return the entropy and the NMI ceiling of each grouping by labels that makes sense for the data."""
    result = [{"name": "class", **label_facts(counts, len(data.classes))}]
    if "none" in counts:
        patterns = {name: n for name, n in counts.items() if name != "none"}
        result.append({"name": "class, maps with a pattern only", **label_facts(patterns, len(patterns))})
    if data.key == "mixedwm38":
        result[0]["name"] = "number of patterns"
        if combinations:
            facts = label_facts(combinations, len(combinations))
            result.append({"name": "combination of patterns", **facts})
    return result


def initials(pattern: str) -> str:
    """Return a pattern's initials: C, D, EL, ER, L, NF, S, R."""
    return "".join(word[0].upper() for word in pattern.split("-"))


def repeats(groups: np.ndarray, names: Sequence[str]) -> dict:
    """Return how many items are copies of others.

    ``groups`` is what :func:`semlib.split.content_groups` gives, ``names`` the class of each item.
    """
    _, first, inverse, sizes = np.unique(groups, return_index=True, return_inverse=True, return_counts=True)
    origin = first[inverse]
    copies = np.flatnonzero(origin != np.arange(len(groups)))
    labels: dict[int, set[str]] = {}
    for group, name in zip(groups.tolist(), names, strict=True):
        labels.setdefault(group, set()).add(name)
    several = Counter(" and ".join(sorted(found)) for found in labels.values() if len(found) > 1)
    # the longest run of rows that repeats, in the same order, a run further up
    best = run = 0
    end = -1
    for i in range(len(groups)):
        copied = origin[i] != i
        follows = copied and i and origin[i - 1] != i - 1 and origin[i] == origin[i - 1] + 1
        run = run + 1 if follows else int(copied)
        if run > best:
            best, end = run, i
    block = None
    if best > 1:
        block = {"rows": [end - best + 1, end], "repeat": [int(origin[end]) - best + 1, int(origin[end])]}
    return {
        "unique": len(sizes),
        "copies": len(copies),
        "largest_group": int(sizes.max()),
        "several_labels": dict(several.most_common()),
        "longest_block": block,
    }


def spread(values: Sequence[float] | np.ndarray) -> list[float]:
    """Return the 10 % quantile, the median and the 90 % quantile."""
    return [round(float(q), 4) for q in np.quantile(np.asarray(values, float), [0.1, 0.5, 0.9])]


def map_facts(maps: Sequence[np.ndarray], names: Sequence[str]) -> dict:
    """Return sizes, dies and defect rates of wafer maps, over all and by class."""
    shapes = Counter(wafer_map.shape for wafer_map in maps)
    dies = np.array([int((wafer_map != NO_DIE).sum()) for wafer_map in maps])
    rate = np.array([int((m == DEFECTIVE).sum()) / max(n, 1) for m, n in zip(maps, dies, strict=True)])
    cells = np.array([wafer_map.size for wafer_map in maps])
    order = np.argsort(cells, kind="stable")
    names = np.asarray(names)
    return {
        "shapes": len(shapes),
        "smallest_median_largest": [list(maps[order[i]].shape) for i in (0, len(order) // 2, -1)],
        "most_common": [[*shape, n] for shape, n in shapes.most_common(5)],
        "dies": [int(dies.min()), float(np.median(dies)), int(dies.max())],
        "maps_without_defect": int((rate == 0).sum()),
        "defect_rate": spread(rate),
        "by_class": {
            name: {"dies": spread(dies[names == name]), "defect_rate": spread(rate[names == name])}
            for name in dict.fromkeys(names.tolist())
        },
    }


def border_widths(image: np.ndarray) -> dict[str, int]:
    """Return how many rows or columns at each side of an 8-bit image are black."""
    columns, rows = np.median(image, axis=0) < BLACK, np.median(image, axis=1) < BLACK
    sides = {"left": columns, "right": columns[::-1], "top": rows, "bottom": rows[::-1]}
    return {side: int(np.argmin(black)) if not black.all() else len(black) for side, black in sides.items()}


def image_facts(images: Iterable[np.ndarray], names: Sequence[str]) -> dict:
    """Return sizes, greys, black borders and the direction of the shading of SEM images, one at a time."""
    sizes, dtypes, look, borders = Counter(), Counter(), [], []
    low, high = np.inf, -np.inf
    for image in images:
        sizes[image.shape] += 1
        dtypes[image.dtype.name] += 1
        low, high = min(low, int(image.min())), max(high, int(image.max()))
        borders.append(border_widths(image))
        if image.shape[0] == image.shape[1] >= 52 and image.dtype == np.uint8:
            look.append(look_statistics(image[None]).iloc[0])
    facts = {
        "sizes": [[*shape, n] for shape, n in sizes.most_common(5)],
        "dtypes": dict(dtypes),
        "grey": [low, high],
        "black_border": {
            side: {"images": sum(w[side] > 0 for w in borders), "widest": max(w[side] for w in borders)}
            for side in ("left", "right", "top", "bottom")
        },
    }
    if len(look) == len(names):
        facts["by_class"] = {
            name: {
                column: spread([row[column] for row, label in zip(look, names, strict=True) if label == name])
                for column in ("mean", "std", "defect_area_percent", "left_right", "top_bottom")
            }
            for name in sorted(set(names))
        }
    return facts


def examples(
    items: Sequence[np.ndarray], names: Sequence[str], groups: np.ndarray, wanted: Sequence[str], n: int
) -> dict[str, list[np.ndarray]]:
    """Draw up to n different items of each class that there is, by a fixed seed."""
    rng = np.random.default_rng(SEED)
    firsts = np.unique(groups, return_index=True)[1]
    names = np.asarray(names)
    found = {}
    for name in wanted:
        members = firsts[names[firsts] == name]
        if len(members):
            found[name] = [
                items[i] for i in np.sort(rng.choice(members, min(n, len(members)), replace=False))
            ]
    return found
