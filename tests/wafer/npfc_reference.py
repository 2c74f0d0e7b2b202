"""The whole of NPFC in plain loops, written from the paper's text and npfc's documented readings alone.

It shares nothing with semlib and is slow on purpose: die lists, distance by distance, minimax paths by
Floyd-Warshall. Defaults only.
"""

from itertools import product
from math import dist, inf, sqrt

NEAR = 1e-9


def reference(wafer_map):
    """Return (num, clusters of kept dies largest first, SD by num, verdicts by num) for a list of rows."""
    height, width = len(wafer_map), len(wafer_map[0])
    cells = list(product(range(height), range(width)))
    origin = ((height - 1) / 2, (width - 1) / 2)
    dies = [cell for cell in cells if wafer_map[cell[0]][cell[1]] != 0]
    defects = [cell for cell in cells if wafer_map[cell[0]][cell[1]] == 2]
    radius = min(max(dist(die, origin) for die in dies), max(height, width) / 2)

    components = grow([[die] for die in defects], sqrt(2))
    clusters = grow([component for component in components if len(component) > 2], sqrt(8))
    clusters.sort(key=lambda c: (-len(c), round(inner(c, origin), 9), round(outer(c, origin), 9), min(c)))
    if len(clusters) < 2:
        return len(clusters), [set(cluster) for cluster in clusters], {}, {}

    sd, verdicts, outcomes = {}, {}, {}
    for num in range(2, min(5, len(clusters)) + 1):
        cores = clusters[:num]
        labelled = [list(core) for core in cores]
        verdicts[num] = []
        for cluster in clusters[num:]:
            into = joins(cluster, cores, origin, radius)
            verdicts[num].append(into)
            if into is not None:
                labelled[into] += cluster
        outcomes[num] = labelled
        sd[num] = silhouette(labelled) + 1 / (1 + mahalanobis(wafer_map, cells, labelled))
    num = min(k for k in sd if sd[k] >= max(sd.values()) - NEAR)
    order = sorted(range(num), key=lambda k: (-len(outcomes[num][k]), k))
    return num, [set(outcomes[num][k]) for k in order], sd, verdicts


def grow(groups, gap):
    """Join groups whose nearest dies are at most gap apart, until none is left to join."""
    groups = [list(group) for group in groups]
    i = 0
    while i < len(groups):
        for j in range(i + 1, len(groups)):
            if nearest(groups[i], groups[j]) <= gap + NEAR:
                groups[i] += groups.pop(j)
                i = -1
                break
        i += 1
    return groups


def nearest(first, second):
    return min(dist(x, y) for x in first for y in second)


def farthest(first, second):
    return max(dist(x, y) for x in first for y in second)


def mean_distance(first, second):
    return sum(dist(x, y) for x in first for y in second) / (len(first) * len(second))


def inner(cluster, origin):
    return min(dist(die, origin) for die in cluster)


def outer(cluster, origin):
    return max(dist(die, origin) for die in cluster)


def joins(cluster, cores, origin, radius):
    """Return the number of the core that the cluster joins, or None."""
    f1 = []
    for number, core in enumerate(cores):
        apart = inner(cluster, origin) > outer(core, origin) or outer(cluster, origin) < inner(core, origin)
        if not apart and mean_distance(cluster, core) < radius:
            f1.append(number)
    if len(f1) <= 1:
        return f1[0] if f1 else None

    by_nearest = first_best([-nearest(cluster, core) for core in cores])
    by_farthest = first_best([-farthest(cluster, core) for core in cores])
    by_den = first_best([den(cluster + core) for core in cores])
    if by_nearest == by_farthest == by_den and by_nearest in f1:
        return by_nearest
    return None


def first_best(values):
    return next(i for i, value in enumerate(values) if value >= max(values) - NEAR * abs(max(values)))


def den(union):
    """Return 1 / com of the union's minimax path distances."""
    entries = [entry for row in minimax_paths(union) for entry in row]
    mean = sum(entries) / len(entries)
    std = sqrt(sum((entry - mean) ** 2 for entry in entries) / (len(entries) - 1))
    return 1 / (std / len(union) * mean)


def minimax_paths(dies):
    """Return the matrix of path distances: the longest step of the best path between two dies."""
    n = len(dies)
    path = [[dist(x, y) for y in dies] for x in dies]
    for k in range(n):
        for i in range(n):
            for j in range(n):
                path[i][j] = min(path[i][j], max(path[i][k], path[k][j]))
    return path


def silhouette(clusters):
    scores = []
    for cluster in clusters:
        others = [other for other in clusters if other is not cluster]
        for die in cluster:
            a = sum(dist(die, other) for other in cluster) / (len(cluster) - 1)
            b = min([sum(dist(die, x) for x in other) / len(other) for other in others], default=inf)
            scores.append((b - a) / max(a, b))
    return sum(scores) / len(scores)


def mahalanobis(wafer_map, cells, clusters):
    kept = {die for cluster in clusters for die in cluster}
    before = [wafer_map[r][c] for r, c in cells]
    after = [1 if wafer_map[r][c] == 2 and (r, c) not in kept else wafer_map[r][c] for r, c in cells]
    values = before + after
    mean = sum(values) / len(values)
    variance = sum((value - mean) ** 2 for value in values) / len(values)
    squared = sum((x - y) ** 2 for x, y in zip(before, after, strict=True))
    return sqrt(squared / variance) / sqrt(len(cells)) if squared else 0.0
