"""NPFC of many maps in one compiled loop: numbers, labels and filtered maps, no Python objects."""

from __future__ import annotations

import numpy as np

from semlib.wafer._fast._jit import compiled, inner
from semlib.wafer._fast.distances import find_pieces, table_for
from semlib.wafer._fast.labels import label_sums
from semlib.wafer._fast.scores import score
from semlib.wafer._fast.whole import (
    as_floats,
    best_row,
    core_sums,
    decide,
    label_ranks,
    mean_distances,
    paint,
    prepare,
    sorted_runs,
)

#: A table of distances for no map at all.
NO_TABLE = (np.zeros(18), 0, 9, 4)


@inner
def one_map(cells, labels, filtered, numbers, options, distances):
    """Run NPFC on one map.

    Parameters
    ----------
    cells : ndarray of uint8, (H, W), C order
    labels, filtered : ndarray of int32 and uint8, (H, W)
        Written in place; ``labels`` must be -1 everywhere, ``filtered`` a copy of the map. Of shape (0, 0)
        where they are not wanted.
    numbers : ndarray of float64, (8,)
        Written in place: num, defective dies, noise, removed, preliminary clusters, clusters, SD,
        good dies.
    options : tuple
        noise_size, smallest and largest num, covers, invert, similarity, combine.
    distances : ndarray
        From `table_for`.
    """
    noise_size, low, high, covers, invert, similarity, combine = options
    every, parent, small, counts, radius, runs, cluster, table, entries = prepare(cells, noise_size)
    sizes = table[0]
    count = len(sizes)
    dies = sizes.sum()
    n_preliminary = 0
    for i in range(len(parent)):
        n_preliminary += parent[i] == i and not small[i]
    numbers[1], numbers[2], numbers[3] = counts[2], counts[2] - dies, counts[2] - dies
    numbers[4], numbers[5], numbers[6], numbers[7] = n_preliminary, count, np.nan, counts[1]

    if count < 2:
        num = count
        label = np.zeros(count, np.int32)
    else:
        n_cores, low = min(high, count), min(low, count)
        grouped, starts, blocks, slot = sorted_runs(runs, cluster, count)
        pieces = find_pieces(grouped, starts, distances)
        cores = core_sums(grouped, blocks, slot, pieces, n_cores, dies, distances)
        means = mean_distances(cores, sizes)
        into = decide(as_floats(grouped), starts, table, entries, means, radius, low, covers, invert)
        sums, lines = label_sums(into, low, cores, grouped, blocks, slot, pieces, distances)
        scores = score(into, low, sizes, counts, sums, lines, similarity, combine)
        x = best_row(scores)
        num = low + x
        label = label_ranks(into[x], table, num)
        numbers[3], numbers[6] = scores[x, 4], scores[x, 3]
    numbers[0] = num
    write(labels, filtered, every, small, runs, cluster, label)


@inner
def write(labels, filtered, every, small, runs, cluster, label):
    """Paint the labels and the filtered map where they are wanted."""
    if labels.size:
        values = np.empty(len(cluster), np.int32)
        for i in range(len(cluster)):
            values[i] = label[cluster[i]]
        paint(labels, runs, values)
    if filtered.size:
        row, first, last = every
        m = 0  # the runs that are no noise come in the same order
        for i in range(len(small)):
            removed = small[i]
            if not small[i]:
                removed = label[cluster[m]] < 0
                m += 1
            if removed:
                for c in range(first[i], last[i] + 1):
                    filtered[row[i], c] = 1


@compiled
def all_maps(flat, shapes, labels, filtered, options, distances):
    """Run NPFC on maps that lie one behind the other.

    Parameters
    ----------
    flat : ndarray of uint8, (cells,)
    shapes : ndarray of int64, (n, 2)
    labels, filtered : ndarray of int32 and uint8, (cells,), or (0,) where not wanted
        As in `one_map`.
    distances
        From a call before, or `NO_TABLE`: to make one takes longer than a map.

    Returns
    -------
    numbers : ndarray of float64, (n, 8)
        See `one_map`.
    distances
        For a call that follows.
    """
    numbers = np.empty((len(shapes), 8))
    none = np.empty((0, 0), np.int32)
    nothing = np.empty((0, 0), np.uint8)
    start = 0
    for i in range(len(shapes)):
        height, width = shapes[i, 0], shapes[i, 1]
        end = start + height * width
        distances = table_for(distances, height, width)
        one_map(
            flat[start:end].reshape((height, width)),
            labels[start:end].reshape((height, width)) if labels.size else none,
            filtered[start:end].reshape((height, width)) if filtered.size else nothing,
            numbers[i],
            options,
            distances,
        )
        start = end
    return numbers, distances
