"""Labels and tables as plain text and numbers, so that a record in JSON can hold them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from semlib.wafer.maps import DEFECTIVE, check_map

_SIGNS = "-0123456789abcdefghijklmnopqrstuvwxyz"


def labels_to_text(wafer_map: ArrayLike, labels: np.ndarray) -> str:
    """Write the labels of the defective dies, in raster order, as one sign each.

    A minus where a die is not kept, then 0 to 9, then a to z; clusters beyond the 36th get the last sign.
    """
    dies = np.asarray(labels)[check_map(wafer_map) == DEFECTIVE]
    return "".join(_SIGNS[label + 1] for label in np.clip(dies, -1, len(_SIGNS) - 2))


def text_to_labels(wafer_map: ArrayLike, text: str) -> np.ndarray:
    """Read what :func:`labels_to_text` wrote of a map: int32 (H, W), −1 where no die is kept.

    Raises
    ------
    ValueError
        If the text was not written of this map.
    """
    dies = check_map(wafer_map) == DEFECTIVE
    unknown = sorted(set(text) - set(_SIGNS))
    if len(text) != dies.sum() or unknown:
        what = f"the sign {unknown[0]!r}" if unknown else f"{len(text)} signs"
        raise ValueError(f"text has {what}, the map {dies.sum()} defective dies; pass the text of this map")
    labels = np.full(dies.shape, -1, np.int32)
    labels[dies] = [_SIGNS.index(sign) - 1 for sign in text]
    return labels


def to_plain(value: Any) -> Any:
    """Return tables, and whatever dictionaries and lists hold of them, as plain lists, numbers and words.

    Numbers keep 7 digits; infinity is "inf", what is missing None; keys of dictionaries become text.
    """
    if isinstance(value, pd.DataFrame):
        return {
            "columns": [to_plain(c) for c in value.columns],
            "index": [to_plain(i) for i in value.index],
            "data": [[_plain(one) for one in row] for row in value.astype(object).to_numpy()],
        }
    if isinstance(value, dict):
        return {str(key): to_plain(one) for key, one in value.items()}
    return [to_plain(one) for one in value] if isinstance(value, list | tuple) else _plain(value)


def from_plain(plain: Any) -> Any:
    """Read what :func:`to_plain` made, also after JSON: tables are tables again; levels have no names."""
    if not isinstance(plain, dict):
        return plain
    if plain.keys() != {"columns", "index", "data"}:
        return {key: from_plain(one) for key, one in plain.items()}
    columns, index = (
        pd.MultiIndex.from_tuples(map(tuple, plain[axis]))
        if plain[axis] and isinstance(plain[axis][0], list | tuple)
        else plain[axis]
        for axis in ("columns", "index")
    )
    data = [[_number(value) for value in row] for row in plain["data"]]
    return pd.DataFrame(data, index, columns)


def _plain(value: Any) -> Any:
    value = value.item() if isinstance(value, np.generic) else value
    if not isinstance(value, float):
        return value
    if np.isnan(value):
        return None
    return float(f"{value:.7g}") if np.isfinite(value) else ("inf" if value > 0 else "-inf")


def _number(value: Any) -> Any:
    if value is None:
        return np.nan
    return float(value) if isinstance(value, str) and value in ("inf", "-inf") else value


#: The recorded data sets of the pages on the 12 + 110 maps: the end of a record's name, and the name shown.
DATA_SETS = {"mixedwm38": "MixedWM38", "wm811k": "WM-811K", "wm811k_any": "WM-811K, any map"}


def beside_records(
    own: dict[str, Any], read: Callable[[str], dict | None], page: str, part: str, *, dataset: str | None
) -> tuple[dict[str, dict[str, Any]], dict[str, dict[str, Any]]]:
    """Return what a page computed beside its records of real maps, and where the records come from.

    Parameters
    ----------
    own : dict
        What the page computed itself.
    read : callable
        Returns a record by its name, or None: `semlib.book.recorded`.
    page, part : str
        The page's name, with which its records begin, and the part of their values.
    dataset : str or None
        None where the page has its own default maps of the twin; else the maps that it was given, which stand
        alone.

    Returns
    -------
    runs : dict
        By the name shown; ``own`` is the first.
    provenance : dict
        Of the records, by the same names.
    """
    if dataset is not None:
        return {DATA_SETS.get(dataset, "these maps"): own}, {}
    runs, provenance = {"twin": own}, {}
    for key, name in DATA_SETS.items():
        if record := read(f"{page}_{key}"):
            runs[name] = from_plain(record["values"][part])
            provenance[name] = record["provenance"]
    return runs, provenance
