"""Small maps and files of them for several tests, and where the real data lie."""

from pathlib import Path

import numpy as np
import pytest

MAP = np.array([[0, 1, 0], [1, 2, 1]], np.uint8)
STACK = np.stack([MAP, MAP[::-1], MAP[:, ::-1] + (MAP == 1)])
SHARED = Path(__file__).resolve().parents[2] / "../shared/data"


def same(maps, expected):
    return len(maps) == len(expected) and all(
        m.dtype == np.uint8 and np.array_equal(m, e) for m, e in zip(maps, expected, strict=True)
    )


def save_mixed(path, maps=None, labels=None):
    """Write a little MixedWM38: int32, keys arr_0 and arr_1."""
    maps = np.repeat(MAP[None], 4, axis=0).astype(np.int32) if maps is None else maps
    labels = np.eye(8, dtype=np.int32)[: len(maps)] if labels is None else labels
    np.savez(path, maps, labels)
    return path


def save_ragged(path, maps, **changes):
    """Write maps of many sizes as flat, offsets and shapes; a change to None leaves a key out."""
    sizes = [m.size for m in maps]
    arrays = {
        "flat": np.concatenate([m.ravel() for m in maps]),
        "offsets": np.cumsum([0, *sizes]),
        "shapes": np.array([m.shape for m in maps], np.int32),
        **changes,
    }
    np.savez(path, **{name: array for name, array in arrays.items() if array is not None})
    return path


def real(path):
    """Return a file of the real data, or skip the test."""
    if not (SHARED / path).is_file():
        pytest.skip(f"{path} is not in ../shared/data")
    return SHARED / path
