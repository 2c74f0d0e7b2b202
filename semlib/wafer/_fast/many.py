"""NPFC of many maps in one compiled loop: numbers, labels and filtered maps, no Python objects."""

from __future__ import annotations

import numpy as np

from semlib.wafer._fast._jit import compiled, inner
from semlib.wafer._fast.distances import find_segments, table_for
from semlib.wafer._fast.order import by_group
from semlib.wafer._fast.whole import (
    best_row,
    core_sums,
    decide,
    label_ranks,
    label_sums,
    mean_distances,
    paint,
    prepare,
    score,
)


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
    count = table.shape[1]
    segments, slot, slots = find_segments(runs)
    n_preliminary = kept = 0
    for j in range(count):
        kept += table[0, j]
    for i in range(every.shape[1]):
        if parent[i] == i and not small[i]:
            n_preliminary += 1
    numbers[1], numbers[2], numbers[3] = counts[2], counts[2] - kept, counts[2] - kept
    numbers[4], numbers[5], numbers[6], numbers[7] = n_preliminary, count, np.nan, counts[1]

    if count < 2:
        num = count
        label = np.zeros(count, np.int32)
    else:
        n_cores, low = min(high, count), min(low, count)
        order, starts = by_group(cluster, count)
        cores = core_sums(runs, order, starts, segments, slots, n_cores, distances)
        means = mean_distances(cores, runs, slot, order, starts, table)
        into = decide(runs, order, starts, table, entries, means, radius, low, covers, invert)
        sums = label_sums(into, low, cores, runs, cluster, segments, distances)
        scores = score(into, low, runs, cluster, slot, sums, table, counts, similarity, combine)
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
        m = 0  # the runs that are no noise come in the same order
        for i in range(every.shape[1]):
            removed = small[i]
            if not small[i]:
                removed = label[cluster[m]] < 0
                m += 1
            if removed:
                for c in range(every[1, i], every[2, i] + 1):
                    filtered[every[0, i], c] = 1


@compiled
def all_maps(flat, shapes, labels, filtered, options):
    """Run NPFC on maps that lie one behind the other.

    Parameters
    ----------
    flat : ndarray of uint8, (cells,)
    shapes : ndarray of int64, (n, 2)
    labels, filtered : ndarray of int32 and uint8, (cells,), or (0,) where not wanted
        As in `one_map`.

    Returns
    -------
    numbers : ndarray of float64, (n, 8)
        See `one_map`.
    """
    numbers = np.empty((len(shapes), 8))
    distances = np.empty((0, 1))
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
    return numbers
