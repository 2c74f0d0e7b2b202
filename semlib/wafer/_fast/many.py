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
    prepare,
    sorted_runs,
)

#: A table of distances for no map at all.
NO_TABLE = (np.zeros(18), 0, 9, 4)


@inner
def write(labels, filtered, width, every, small, runs, cluster, label):
    """Paint the labels and the filtered map, each where it is wanted."""
    if len(labels):
        row, first, last = runs
        for i in range(len(cluster)):
            for place in range(row[i] * width + first[i], row[i] * width + last[i] + 1):
                labels[place] = label[cluster[i]]
    if len(filtered):
        row, first, last = every
        m = 0  # the runs that are no noise come in the same order
        for i in range(len(small)):
            removed = small[i]
            if not small[i]:
                removed = label[cluster[m]] < 0
                m += 1
            if removed:
                for place in range(row[i] * width + first[i], row[i] * width + last[i] + 1):
                    filtered[place] = 1


@compiled
def all_maps(flat, shapes, labels, filtered, options, distances, tiles):
    """Run NPFC on maps that lie one behind the other.

    Parameters
    ----------
    flat : ndarray of uint8, (cells,)
    shapes : ndarray of int64, (n, 2)
    labels, filtered : ndarray of int32 and uint8, (cells,), or (0,) where they are not wanted
        Written in place; ``labels`` must be -1 everywhere, ``filtered`` a copy of ``flat``.
    options : tuple
        noise_size, smallest and largest num, covers, invert, similarity, combine.
    distances
        From a call before, or `NO_TABLE`: to make one takes longer than a map.
    tiles : Tiles or None
        Where maps are large; see `semlib.wafer._fast.far.Tiles`. None compiles without them.

    Returns
    -------
    numbers : ndarray of float64, (n, 8)
        Num, defective dies, noise, removed, preliminary clusters, clusters, SD, good dies.
    distances
        For a call that follows.
    """
    numbers = np.empty((len(shapes), 8))
    noise_size, low, high, covers, invert, similarity, combine = options
    end = 0
    for i in range(len(shapes)):
        height, width = shapes[i, 0], shapes[i, 1]
        start, end = end, end + height * width
        cells = flat[start:end].reshape((height, width))
        if tiles is None:
            distances = table_for(distances, height, width)
        else:
            distances = table_for(distances, 2 * len(tiles.along[-1]), 2 * len(tiles.along[-1]))
        every, parent, small, counts, radius, runs, cluster, table, entries = prepare(cells, noise_size)
        sizes = table[0]
        count = len(sizes)
        n_preliminary = dies = 0
        for k in range(count):
            dies += sizes[k]
        for k in range(len(parent)):
            n_preliminary += parent[k] == k and not small[k]
        numbers[i, 1], numbers[i, 2], numbers[i, 3] = counts[2], counts[2] - dies, counts[2] - dies
        numbers[i, 4], numbers[i, 5], numbers[i, 6], numbers[i, 7] = n_preliminary, count, np.nan, counts[1]

        if count < 2:
            num = count
            label = np.zeros(count, np.int32)
        else:
            n_cores, least = min(high, count), min(low, count)
            grouped, starts, blocks, slot = sorted_runs(runs, cluster, count, tiles)
            pieces = find_pieces(grouped, starts, distances)
            cores = core_sums(grouped, starts, blocks, slot, pieces, n_cores, dies, distances, tiles)
            means = mean_distances(cores, sizes)
            into = decide(as_floats(grouped), starts, table, entries, means, radius, least, covers, invert)
            sums, lines = label_sums(
                into, least, cores, grouped, starts, blocks, slot, pieces, distances, tiles
            )
            scores = score(into, least, sizes, counts, sums, lines, similarity, combine)
            x = best_row(scores)
            num = least + x
            label = label_ranks(into[x], table, num)
            numbers[i, 3], numbers[i, 6] = scores[x, 4], scores[x, 3]
        numbers[i, 0] = num
        write(labels[start:end], filtered[start:end], width, every, small, runs, cluster, label)
    return numbers, distances
