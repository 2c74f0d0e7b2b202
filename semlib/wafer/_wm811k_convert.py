"""WM-811K's pickle becomes a folder that is safe and quick to open; done once.

``flat.npy`` has the maps one behind another; ``index.npz`` where each begins, its shape, its row in the
pickle and what else is known of it; ``meta.json`` where all that comes from. The folder gets its name when it
is complete.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
from tqdm import tqdm

from semlib._download.disk import check_room, new_folder, room_needed
from semlib.wafer._old_numpy import Array
from semlib.wafer._old_pandas import Table, open_table
from semlib.wafer._pickle_values import Span, describe
from semlib.wafer._wm811k_columns import CLASSES, SPLITS, codes, numbered, numbers
from semlib.wafer.maps import DEFECTIVE, check_map

FORMAT = 1
_COLUMNS = ("waferMap", "dieSize", "lotName", "waferIndex", "failureType")
_SPLIT = ("trianTestLabel", "trainTestLabel")  # Kaggle's spelling, mirlab's
_CHUNK = 1 << 25  # bytes
_MAX_REFUSED = 0.01  # of the rows; where more hold no map, the file is no WM-811K


def convert(pickle: Path, folder: Path, source: dict, *, progress: bool = True) -> None:
    """Write the converted form of a pickle into a folder.

    Parameters
    ----------
    pickle : Path
        Nothing in it is run.
    folder : Path
        Appears when it is complete, in the place of what had that name.
    source : dict
        What ``meta.json`` says of the pickle.
    progress : bool

    Raises
    ------
    ValueError
        If the file holds something else, or if more than one row in a hundred holds no map. Fewer such rows
        are left out, and named in ``meta.json``.
    OSError
        If the disk is full.
    """
    size, what = pickle.stat().st_size, "the converted WM-811K"
    folder.parent.mkdir(parents=True, exist_ok=True)
    for left in folder.parent.glob(f".{folder.name}-*"):  # of a conversion that was interrupted
        shutil.rmtree(left, ignore_errors=True)
    check_room(folder.parent, size, what)
    new = new_folder(folder.parent, f".{folder.name}-")
    try:
        with (
            room_needed(folder.parent, size, what),
            tqdm(
                total=3 * size, desc="WM-811K, once", unit="B", unit_scale=True, disable=not progress
            ) as bar,
            open_table(pickle, lambda position: bar.update(position - bar.n)) as table,
        ):
            facts = _write(table, new, bar)
            meta = {"format": FORMAT, "source": source, **facts}
            (new / "meta.json").write_text(json.dumps(meta, indent=1) + "\n")
        if folder.exists():  # of another version
            shutil.rmtree(folder)
        os.replace(new, folder)
    except ValueError as error:
        raise ValueError(str(error) if str(pickle) in str(error) else f"{pickle}: {error}") from error
    finally:
        shutil.rmtree(new, ignore_errors=True)


def _write(table: Table, folder: Path, bar: tqdm) -> dict:
    """Write the maps and what is known of them; return the facts for ``meta.json``."""
    columns = {name: c.tolist() if isinstance(c, np.ndarray) else c for name, c in table.columns.items()}
    split = next((name for name in _SPLIT if name in columns), _SPLIT[0])
    missing = [name for name in (*_COLUMNS, split) if name not in columns]
    if missing:
        raise ValueError(f"it has the columns {', '.join(columns)}; WM-811K also has {', '.join(missing)}")
    lots, lot = numbered(columns["lotName"], "lotName")
    known = {
        "lot": lot,
        "wafer_index": numbers(columns["waferIndex"], "waferIndex"),
        "die_size": numbers(columns["dieSize"], "dieSize"),
        "failure_type": codes(columns["failureType"], CLASSES, "failureType"),
        "split": codes(columns[split], SPLITS, split),
    }
    refused: dict[int, str] = {}
    rows, starts, shapes, dies = _write_maps(table, columns["waferMap"], folder / "flat.npy", refused, bar)
    if len(refused) > _MAX_REFUSED * table.n_rows or not len(rows):
        first = next(f"; row {row}: {why}" for row, why in (*refused.items(), (0, "there is none")))
        raise ValueError(f"{len(refused):,} of {table.n_rows:,} rows hold no wafer map{first}")
    known = {name: values[rows] for name, values in known.items()}
    np.savez(folder / "index.npz", row=rows, start=starts, shape=shapes, lots=lots, **known)
    return {
        "rows": table.n_rows,
        "maps": len(rows),
        "split_column": split,
        "die_size_is_the_number_of_dies": int((known["die_size"] == dies).sum()),
        "refused": {str(row): why for row, why in sorted(refused.items())},
    }


def _write_maps(
    table: Table, column: Sequence, path: Path, refused: dict[int, str], bar: tqdm
) -> tuple[np.ndarray, ...]:
    """Write the maps; return of each its row, its start, its shape and its number of dies.

    Rows without a valid map get into ``refused``, with the reason.
    """
    rows = [row for row, value in enumerate(column) if _is_map(value) or refused.update({row: _why(value)})]
    shapes = np.array([column[row].shape for row in rows], np.int32).reshape(-1, 2)
    sizes = shapes.astype(np.int64).prod(axis=1)
    starts = np.concatenate([[0], sizes.cumsum()])
    if starts[-1] > len(table.data):
        raise ValueError(f"its maps have {starts[-1]:,} dies, more than the file has bytes")
    good, dies = np.zeros(len(rows), bool), np.zeros(len(rows), np.int64)
    with path.open("wb") as file:
        header = {"descr": "|u1", "fortran_order": False, "shape": (int(starts[-1]),)}
        np.lib.format.write_array_header_1_0(file, header)
        for first, stop in _chunks(sizes):
            flat = np.empty(starts[stop] - starts[first], np.uint8)
            places = starts[first : stop + 1] - starts[first]
            for k in range(first, stop):
                target = flat[places[k - first] : places[k - first + 1]].reshape(shapes[k])
                try:
                    _fill(target, column[rows[k]], table)
                except ValueError as error:
                    refused[rows[k]] = str(error)
                    target[...] = 0
                dies[k] = np.count_nonzero(target)
            largest = np.maximum.reduceat(flat, places[:-1])
            good[first:stop] = (largest > 0) & (largest <= DEFECTIVE)
            for k in first + np.flatnonzero(~good[first:stop]):
                wafer_map = flat[places[k - first] : places[k - first + 1]].reshape(shapes[k])
                refused.setdefault(rows[k], _fault(wafer_map))
            flat.tofile(file)
            table.release()
            bar.update(flat.size)
    return np.array(rows, np.int32)[good], starts[:-1][good], shapes[good], dies[good]


def _is_map(value: object) -> bool:
    plain = type(value) is Array and value.dtype.kind in "iuf"
    return plain and len(value.shape) == 2 and min(value.shape) > 0


def _why(value: object) -> str:
    what = f"an array {value.shape} of {value.dtype}" if type(value) is Array else describe(value)
    return f"waferMap is {what}"


def _fill(target: np.ndarray, array: Array, table: Table) -> None:
    """Copy a map out of the pickle, without a check where it is uint8: that is done for many at once."""
    if array.dtype != np.uint8:
        target[...] = check_map(table.values(array), name="waferMap")
        return
    content = array.content
    if type(content) is Span:
        flat = np.frombuffer(table.data, np.uint8, len(content), content.start)
    else:
        flat = np.frombuffer(content, np.uint8)
    target[...] = flat.reshape(array.shape, order="F" if array.fortran else "C")


def _fault(wafer_map: np.ndarray) -> str:
    try:
        check_map(wafer_map, name="waferMap")
    except ValueError as error:
        return str(error)
    return ""


def _chunks(sizes: np.ndarray) -> Iterator[tuple[int, int]]:
    """Cut the maps into runs of some MB."""
    if not len(sizes):
        return
    number = (sizes.cumsum() - 1) // _CHUNK
    cuts = [0, *(np.flatnonzero(np.diff(number)) + 1).tolist(), len(sizes)]
    yield from pairwise(cuts)
