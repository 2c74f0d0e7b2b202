"""What a wafer map is, and the one check that every function of ``semlib.wafer`` runs first."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

NO_DIE, GOOD, DEFECTIVE = 0, 1, 2


def check_map(wafer_map: ArrayLike, *, name: str = "wafer_map") -> np.ndarray:
    """Check a wafer map and return it as ``uint8``.

    Parameters
    ----------
    wafer_map : array_like, shape (H, W)
        0 no die, 1 good die, 2 defective die. Any integer type; floats where every value is whole (maps that
        went through a CSV file or a tensor). Booleans are refused: ``True`` may mean a die or a defect.
    name : str, default "wafer_map"
        How messages call the map, such as ``"maps[3]"``.

    Returns
    -------
    ndarray of uint8, shape (H, W)
        The map itself where it is ``uint8`` already, else a copy. Do not write into it.

    Raises
    ------
    ValueError
        Not a rectangular 2-D array, empty, not numbers, NaN, a value other than 0, 1, 2, or no die at all.
    """
    if np.ma.isMaskedArray(wafer_map):
        raise ValueError(f"{name} is a masked array; write places without a die as 0, pass a plain array")
    try:
        array = np.asarray(wafer_map)
    except ValueError as error:
        raise ValueError(
            f"{name} is not rectangular ({error}); its rows must have the same length"
        ) from error

    if array.dtype == bool:
        raise ValueError(
            f"{name} holds booleans, which do not tell a good die from no die; "
            "pass np.where(is_die, 1 + is_defective, 0)"
        )
    if array.dtype.kind not in "iuf":
        raise ValueError(f"{name} has dtype {array.dtype}; pass numbers: 0 no die, 1 good, 2 defective")
    if array.ndim != 2:
        hint = "; pass a stack of maps to npfc_many, or one map of it" if array.ndim == 3 else ""
        raise ValueError(f"{name} has shape {array.shape}, expected 2 dimensions (H, W){hint}")
    if array.size == 0:
        raise ValueError(f"{name} is empty, its shape is {array.shape}; pass at least one die")
    _check_values(array, name)
    return array.astype(np.uint8, copy=False)


_OF_MIXEDWM38 = "MixedWM38 holds some 3: its loader in semlib.wafer.data reads them as 2"
_RECODE = "np.where(m == 255, 0, m + 1) makes them of -1 or 255, 0, 1"


def _check_values(array: np.ndarray, name: str) -> None:
    wrong = ~np.isin(array, (NO_DIE, GOOD, DEFECTIVE))  # NaN is in no set, so it is found here too
    if wrong.any():
        values, counts = np.unique(array[wrong], return_counts=True)
        listed = ", ".join(f"{value} ({count}x)" for value, count in zip(values[:5], counts[:5], strict=True))
        more = f" and {len(values) - 5} more values" if len(values) > 5 else ""
        row, column = np.argwhere(wrong)[0]
        raise ValueError(
            f"{name} holds {listed}{more}, first at row {row}, column {column}; allowed are 0 no die, "
            f"1 good, 2 defective. {_OF_MIXEDWM38 if 3 in values else _RECODE}"
        )
    if not array.any():
        raise ValueError(f"{name} holds no die (every value is 0); good dies are 1, defective dies 2")


def centre(wafer_map: ArrayLike) -> tuple[float, float]:
    """Return the origin O of a map, its middle ``((H - 1) / 2, (W - 1) / 2)``, as (row, column).

    Paper 2 takes "the center of the wafer map as the origin" (section 2.2.3); that this is the middle of the
    array, and not of the dies, is our reading.
    """
    height, width = np.shape(wafer_map)
    return (height - 1) / 2, (width - 1) / 2


def die_radius(wafer_map: ArrayLike) -> float:
    """Return the wafer's radius R: the largest distance of a die from the centre, at most ``max(H, W) / 2``.

    In dies. Open in the paper; the limit keeps the corners of a square map from widening the wafer.
    """
    dies = np.argwhere(np.asarray(wafer_map) != NO_DIE)
    farthest = np.hypot(*(dies - centre(wafer_map)).T).max(initial=0.0)
    return float(min(farthest, max(np.shape(wafer_map)) / 2))
