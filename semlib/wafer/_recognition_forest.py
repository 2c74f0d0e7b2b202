"""A classifier without a network: a random forest on densities by radius and angle."""

from __future__ import annotations

import numpy as np
from sklearn.ensemble import RandomForestClassifier

from semlib.wafer.maps import DEFECTIVE

_RINGS, _SECTORS, _WAVES = 10, 24, 5


def polar_features(maps: np.ndarray) -> np.ndarray:
    """Describe maps (N, H, W) by densities that no turn of a map changes much.

    The wafer is cut into 10 rings and these into 24 sectors. Of each ring: the share of defective dies, and
    the amplitudes of the first five waves of the sectors' shares around it (discrete Fourier transform). In
    addition the share of all dies that is defective, the sectors' shares over all rings, largest first, and
    the shares of defective dies with 0, 1, … 8 defective neighbours.

    Returns
    -------
    ndarray of float32 (N, F)
    """
    n, height, width = maps.shape
    rows, columns = np.indices((height, width))
    v, u = (rows - (height - 1) / 2) / (height / 2), (columns - (width - 1) / 2) / (width / 2)
    ring = np.minimum((np.hypot(u, v) * _RINGS).astype(int), _RINGS - 1)
    sector = ((np.arctan2(v, u) / (2 * np.pi) % 1) * _SECTORS).astype(int) % _SECTORS
    cell = np.eye(_RINGS * _SECTORS, dtype=np.float32)[(ring * _SECTORS + sector).ravel()]
    defective = (maps == DEFECTIVE).reshape(n, -1).astype(np.float32)
    dies = (maps > 0).reshape(n, -1).astype(np.float32)
    counts, all_dies = ((part @ cell).reshape(n, _RINGS, _SECTORS) for part in (defective, dies))
    share = counts / np.maximum(all_dies, 1)
    rings = counts.sum(2) / np.maximum(all_dies.sum(2), 1)
    waves = np.abs(np.fft.rfft(share, axis=2))[:, :, 1 : _WAVES + 1] / _SECTORS
    sectors = -np.sort(-counts.sum(1) / np.maximum(all_dies.sum(1), 1), axis=1)
    total = defective.sum(1, keepdims=True) / np.maximum(dies.sum(1, keepdims=True), 1)
    parts = [total, rings, waves.reshape(n, -1), sectors, _neighbour_shares(maps)]
    return np.concatenate(parts, axis=1).astype(np.float32)


def _neighbour_shares(maps: np.ndarray) -> np.ndarray:
    """Return the shares of defective dies that have 0 to 8 defective neighbours: (N, 9)."""
    defective = np.pad(maps == DEFECTIVE, ((0, 0), (1, 1), (1, 1)))
    height, width = maps.shape[1:]
    around = sum(
        defective[:, 1 + dy : 1 + dy + height, 1 + dx : 1 + dx + width].astype(np.int8)
        for dy in (-1, 0, 1)
        for dx in (-1, 0, 1)
        if dy or dx
    )
    here = defective[:, 1:-1, 1:-1]
    counted = np.stack([(here & (around == k)).sum((1, 2)) for k in range(9)], axis=1)
    return counted / np.maximum(here.sum((1, 2)), 1)[:, None]


def fit_forest(maps: np.ndarray, classes: np.ndarray, *, seed: int, trees: int) -> RandomForestClassifier:
    """Fit a forest on `polar_features` of maps; its other options are scikit-learn's defaults."""
    return RandomForestClassifier(trees, random_state=seed).fit(polar_features(maps), classes)
