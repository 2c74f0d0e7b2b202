"""NPFC in short: numbers, labels and the filtered map, without the account of every cluster. For streams."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from semlib.wafer._npfc_steps import is_compiled, tiles_for
from semlib.wafer.maps import DEFECTIVE, GOOD, check_map
from semlib.wafer.npfc import make_options, run
from semlib.wafer.npfc_types import NpfcOptions, NpfcResult, PracticalOptions

#: The numbers of each map, in this order; all but ``sd`` are whole.
NUMBERS = ("num", "n_defects", "n_noise", "n_removed", "n_preliminary", "n_merged", "sd", "n_good")

_kept: dict = {}  # the last table of distances, which any thread may read
_MOST_KEPT = 2**23  # bytes


@dataclass(frozen=True, eq=False)
class NpfcBrief:
    """What `npfc_brief` keeps of a map; the same values as in `semlib.wafer.npfc_types.NpfcResult`.

    Attributes
    ----------
    num : int
    labels : ndarray of int32, shape (H, W)
    filtered : ndarray of uint8, shape (H, W)
    n_defects, n_noise, n_removed : int
        Numbers of defective dies: all, those of the noise rule, all that were removed.
    n_preliminary, n_merged : int
        Numbers of clusters before and after the pre-merge.
    sd : float
        Eq. 4 of the chosen ``num``; nan where there was no choice.
    """

    num: int
    labels: np.ndarray
    filtered: np.ndarray
    n_defects: int
    n_noise: int
    n_removed: int
    n_preliminary: int
    n_merged: int
    sd: float


@dataclass(frozen=True)
class Batch:
    """Checked maps, one behind the other.

    Attributes
    ----------
    flat : ndarray of uint8, (cells,)
    shapes : ndarray of int64, (n, 2)
    """

    flat: np.ndarray
    shapes: np.ndarray


@dataclass(frozen=True)
class BatchResult:
    """What became of a batch.

    Attributes
    ----------
    numbers : ndarray of float64, (n, 8)
        In the order of `NUMBERS`.
    labels, filtered : ndarray of int32 and uint8, (cells,), or (0,) where they were not asked for
    """

    numbers: np.ndarray
    labels: np.ndarray
    filtered: np.ndarray


def npfc_brief(wafer_map: ArrayLike, *, mode: str = "paper", **options) -> NpfcBrief:
    """Run NPFC (paper 2, section 2.2) on one map and keep only labels, the filtered map and numbers.

    With the default options, and all others that `semlib.wafer.npfc` has compiled, nothing else is even
    computed. For many maps see `semlib.wafer.npfc_many.npfc_many` with ``brief=True``.

    Parameters
    ----------
    wafer_map, mode, **options
        As for `semlib.wafer.npfc.npfc`, which also says what it raises.

    Returns
    -------
    NpfcBrief
    """
    checked = check_map(wafer_map)
    batch = Batch(checked.ravel(), np.array([checked.shape]))
    return briefs(batch, run_batch(batch, make_options(mode, options)))[0]


def run_batch(batch: Batch, options: NpfcOptions | PracticalOptions, *, pictures: bool = True) -> BatchResult:
    """Run NPFC on a batch; ``pictures=False`` leaves out labels and filtered maps."""
    size = batch.flat.size if pictures else 0
    labels, filtered = np.full(size, -1, np.int32), batch.flat[:size].copy()
    if isinstance(options, NpfcOptions) and is_compiled(options):
        from semlib.wafer._fast import many

        table = _kept.get("table", many.NO_TABLE)
        tiles = tiles_for(*batch.shapes.max(axis=0, initial=0).tolist())
        codes = _codes(options)
        numbers, table = many.all_maps(batch.flat, batch.shapes, labels, filtered, codes, table, tiles)
        if table[0].nbytes <= _MOST_KEPT:
            _kept["table"] = table
        return BatchResult(numbers, labels, filtered)
    numbers = np.empty((len(batch.shapes), len(NUMBERS)))
    for i, (part, shape) in enumerate(_parts(batch)):
        wafer_map = batch.flat[part].reshape(shape)
        result = run(wafer_map, options)
        numbers[i] = _numbers(wafer_map, result)
        if pictures:
            labels[part], filtered[part] = result.labels.ravel(), result.filtered.ravel()
    return BatchResult(numbers, labels, filtered)


def briefs(batch: Batch, result: BatchResult) -> list[NpfcBrief]:
    """Take a batch's result apart, a `NpfcBrief` for each map."""
    made = []
    for (part, shape), values in zip(_parts(batch), result.numbers.tolist(), strict=True):
        num, *counts = map(int, values[:6])
        pictures = (image[part].reshape(shape).copy() for image in (result.labels, result.filtered))
        made.append(NpfcBrief(num, *pictures, *counts, sd=values[6]))
    return made


def _parts(batch: Batch) -> list[tuple[slice, tuple[int, int]]]:
    shapes = batch.shapes.tolist()
    ends = np.cumsum(batch.shapes.prod(axis=1)).tolist()
    return [(slice(end - h * w, end), (h, w)) for end, (h, w) in zip(ends, shapes, strict=True)]


def _codes(options: NpfcOptions) -> tuple:
    """Return the options as `semlib.wafer._fast.many.one_map` takes them."""
    return (
        int(options.noise_size),
        int(options.num_range[0]),
        int(options.num_range[1]),
        bool(options.covers),
        options.compactness == "inverse_com",
        ("inverse", "exp", "distance").index(options.similarity),
        ("sum", "product", "harmonic").index(options.combine),
    )


def _numbers(wafer_map: np.ndarray, result: NpfcResult) -> tuple[float, ...]:
    return (
        result.num,
        (wafer_map == DEFECTIVE).sum(),
        result.noise.sum(),
        (wafer_map != result.filtered).sum(),
        result.preliminary.max() + 1,
        result.merged.max() + 1,
        next((score.sd for score in result.scores if score.num == result.num), np.nan),
        (wafer_map == GOOD).sum(),
    )
