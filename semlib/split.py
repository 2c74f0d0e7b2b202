"""Splitting data so that what belongs together stays together: equal contents, wafers of one lot."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

import numpy as np
from numpy.typing import ArrayLike
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from sklearn.model_selection import GroupShuffleSplit


def content_groups(arrays: Iterable[np.ndarray]) -> np.ndarray:
    """Number arrays so that equal ones, and only those, get the same number.

    Parameters
    ----------
    arrays : iterable of ndarray
        Images or maps; read one at a time. Equal means the same shape, dtype and bytes.

    Returns
    -------
    ndarray of int64 (N,)
        0, 1, 2 … in the order of first appearance.
    """
    numbers: dict[bytes, int] = {}
    groups = []
    for array in arrays:
        array = np.ascontiguousarray(array)
        digest = hashlib.sha256(f"{array.dtype.str}{array.shape}".encode())
        digest.update(array.data)
        groups.append(numbers.setdefault(digest.digest(), len(numbers)))
    return np.array(groups, np.int64)


def merge_groups(first: ArrayLike, second: ArrayLike) -> np.ndarray:
    """Join two groupings: items that share a group in either, or are linked by others, share one.

    Of wafer maps, for example: equal maps, and maps of one lot.

    Parameters
    ----------
    first, second : array_like (N,)
        Group of each item; numbers or text.

    Returns
    -------
    ndarray of int64 (N,)
        0, 1, 2 … in the order of first appearance.
    """
    codes = [np.unique(np.asarray(groups), return_inverse=True)[1] for groups in (first, second)]
    if codes[0].shape != codes[1].shape or codes[0].ndim != 1:
        raise ValueError(f"first has {len(codes[0])} groups and second {len(codes[1])}; pass one an item")
    if not len(codes[0]):
        return np.zeros(0, np.int64)
    n = codes[0].max() + 1
    nodes = n + codes[1].max() + 1
    links = coo_array((np.ones(len(codes[0]), bool), (codes[0], n + codes[1])), shape=(nodes, nodes))
    component = connected_components(links, directed=False)[1][codes[0]]
    _, where, inverse = np.unique(component, return_index=True, return_inverse=True)
    return np.argsort(np.argsort(where))[inverse].astype(np.int64)


def split_by_group(groups: ArrayLike, *, test: float = 0.2, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Split items into a training and a test part, with no group in both.

    Parameters
    ----------
    groups : array_like (N,)
        Group of each item, from :func:`content_groups` for example.
    test : float, default 0.2
        Share of the *groups* that goes to the test part, between 0 and 1.
    seed : int, default 0

    Returns
    -------
    train, test : ndarray of int64
        Indices, ascending.

    Raises
    ------
    ValueError
        If there are fewer than two groups, or ``test`` is not between 0 and 1.
    """
    groups = np.asarray(groups)
    n = len(np.unique(groups))
    if n < 2:
        raise ValueError(f"groups holds {n} different groups; a split needs at least 2")
    if not 0 < test < 1:
        raise ValueError(f"test={test!r} must be between 0 and 1, without both")
    splitter = GroupShuffleSplit(1, test_size=test, random_state=seed)
    train_part, test_part = next(splitter.split(groups, groups=groups))
    return np.sort(train_part), np.sort(test_part)
