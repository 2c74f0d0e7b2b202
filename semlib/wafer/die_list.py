"""Die lists: tables with a line for each die (x, y, bin). From list to maps, and from result to list."""

from __future__ import annotations

import os
import warnings
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from semlib.wafer import _die_list as steps
from semlib.wafer._klarf import is_klarf
from semlib.wafer._list_doubts import doubts
from semlib.wafer._table import TEXT_ENDINGS, ending, has_header, natural, read_in_folders, read_text
from semlib.wafer.maps import DEFECTIVE, GOOD, check_map


@dataclass(frozen=True, eq=False)
class DieList:
    """A die list and the maps made of it.

    Attributes
    ----------
    table : DataFrame
        The lines of the file in their order, without blank ones, and all columns, cells as text. Of a KLARF
        file: lot, wafer, x, y, bin (1 no defect, 2 at least one), defects.
    maps : list of ndarray of uint8 (H, W)
        One for each wafer, in the order of their first lines: 0 no die, 1 good, 2 defective.
    names : tuple of str
        Lot and wafer of each map; the file's name where the list has neither.
    which, row, column : ndarray of int (lines,)
        Where each line's die is: ``maps[which[i]][row[i], column[i]]``.
    notes : tuple of str
        Which columns were taken, and how they were read.
    """

    table: pd.DataFrame
    maps: list[np.ndarray]
    names: tuple[str, ...]
    which: np.ndarray
    row: np.ndarray
    column: np.ndarray
    notes: tuple[str, ...]

    def with_clusters(self, labels: Sequence, *, names=("kept", "cluster")) -> pd.DataFrame:
        """Return the table with two more columns.

        Parameters
        ----------
        labels : sequence of NpfcResult, or of integer arrays (H, W)
            What came out for each of ``maps``, in their order: results of NPFC, or cluster numbers with -1
            where no die is kept.
        names : (str, str), default ("kept", "cluster")
            How the two columns are called. ``kept`` is 1 for a defective die that is kept, else 0;
            ``cluster`` is its cluster, -1 for a die that is good or not kept.

        Returns
        -------
        DataFrame
            The lines of ``table`` in their order. Repeated lines of a die all get the die's result.
        """
        labels = [np.asarray(getattr(one, "labels", one)) for one in labels]
        shapes = [[one.shape for one in some] for some in (labels, self.maps)]
        if shapes[0] != shapes[1]:
            raise ValueError(
                f"labels have the shapes {shapes[0][:5]}, the maps {shapes[1][:5]}; pass a result for each "
                "map, in their order"
            )
        if taken := set(names) & set(self.table.columns):
            raise ValueError(f"the table has a column {min(taken)!r} already; pass other names=(…, …)")
        flat = np.concatenate([one.ravel() for one in labels])
        cluster = flat[_places(shapes[1], self.which, self.row, self.column)]
        return self.table.assign(**{names[0]: (cluster >= 0).astype(int), names[1]: cluster})


def _places(shapes: Sequence, which: np.ndarray, row: np.ndarray, column: np.ndarray) -> np.ndarray:
    """Return where dies are when all maps lie row after row in one flat array."""
    heights, widths = np.array(shapes).T
    begins = np.cumsum([0, *(heights * widths)])[:-1]
    return begins[which] + row * widths[which] + column


def to_die_list(
    wafer_map: ArrayLike,
    labels: ArrayLike | None = None,
    *,
    origin: tuple[int, int] = (0, 0),
    y_up: bool = False,
) -> pd.DataFrame:
    """Write a map as a die list.

    Parameters
    ----------
    wafer_map : array_like (H, W)
        0 no die, 1 good die, 2 defective die.
    labels : array_like of int (H, W), optional
        Clusters, -1 where no die is kept: ``npfc(wafer_map).labels``.
    origin : (int, int), default (0, 0)
        The smallest x and the smallest y.
    y_up : bool, default False
        Whether y grows upward. By default y grows with the row.

    Returns
    -------
    DataFrame
        A row for each die: x, y, bin (1 good, 2 defective), and with ``labels`` also kept (0 or 1) and
        cluster.
    """
    wafer_map = check_map(wafer_map)
    rows, columns = np.nonzero(wafer_map)
    y = wafer_map.shape[0] - 1 - rows if y_up else rows
    table = {"x": columns + origin[0], "y": y + origin[1], "bin": wafer_map[rows, columns].astype(int)}
    if labels is not None:
        labels = np.asarray(labels)
        if labels.shape != wafer_map.shape:
            raise ValueError(
                f"labels has the shape {labels.shape}, the map {wafer_map.shape}; pass one a die"
            )
        table |= {"kept": (labels >= 0)[rows, columns].astype(int), "cluster": labels[rows, columns]}
    return pd.DataFrame(table)


def read_die_list(
    path: str | os.PathLike,
    *,
    good_bins: Collection[int | str] = (1,),
    no_die_bins: Collection[int | str] = (),
    repeated: Literal["raise", "last", "worst"] = "raise",
    y_up: bool | None = None,
    columns: Mapping[str, str] | None = None,
) -> DieList:
    """Read a table with a line for each die, or a KLARF file of version 1.

    A die that the list does not name is no die. Each map reaches from its wafer's smallest to its largest x
    and y, and NPFC takes the middle of that as the wafer's centre: a list should reach to all four edges.

    Parameters
    ----------
    path : path
        Text in utf-8, or utf-16 with a mark, whose first line names the columns, with commas, semicolons,
        tabs or blanks between the cells; Excel's ``sep=;`` above it is passed over. Needed are x, y and bin;
        lot and wafer, where there are such columns, split the list into maps.
        Other columns stay in the table and are not used. Capitals, blanks and underscores in names do not
        count. Known names, of which the first that is there is taken: x, die_x, x_die, x_index, x_coord,
        x_coordinate, col, column; the same for y, or row; bin, hard_bin, hbin, soft_bin, sbin, bin_code,
        bin_number; lot, lot_id, lot_name, lot_number; wafer, wafer_id, wafer_no, wafer_number, wafer_index.

        Of a KLARF file, the dies are those of SampleTestPlan, and those with a defect in DefectList are
        defective. Its reader was tried on files made after published examples, not on a tool's own.
    good_bins : collection of int or str, default (1,)
        The bins that pass; bin 1 does by convention. All others fail. As numbers: 01 and 1 are the same.
    no_die_bins : collection of int or str, default ()
        Bins of places without a die, or of dies that were not tested: 0 in the map.
    repeated : {"raise", "last", "worst"}, default "raise"
        What counts where a die has several lines, as after a retest: none (an error that names the lines),
        the last line, or a bin that fails.
    y_up : bool, optional
        Whether y grows upward, so that the largest y is row 0 of the map. By default True for KLARF; else
        False, y grows downward with the rows. Nothing else is mirrored or rotated.
    columns : mapping, optional
        Columns with names of their own, such as ``{"bin": "FinalResult"}``.

    Returns
    -------
    DieList

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If columns are absent, a coordinate is no whole number or far off all others, a bin is empty, or a die
        is repeated; the message names the file and the line.

    Warns
    -----
    UserWarning
        If no die is good, or all are: then ``good_bins`` rarely fits. If bins are 0 and 1, and most are 0. If
        all x or all y lie a multiple of a number apart, as coordinates with a pitch do.
    """
    path = Path(path).expanduser()
    if not path.is_file():
        raise FileNotFoundError(f"{path} does not exist or is no file; pass a die list")
    text = read_text(path)
    if not has_columns(text):
        raise ValueError(
            f"{path} is no die list: its first line must name the columns, x, y and bin among them; a map of "
            "numbers goes to load_maps"
        )
    options = {"good_bins": good_bins, "no_die_bins": no_die_bins, "repeated": repeated}
    dies = parse(text, path, y_up=y_up, columns=columns, **options)
    warn_if_all_alike(dies.maps, str(path), dies.notes)
    return dies


def is_die_list(path: str | os.PathLike) -> bool:
    """Say whether a file is meant as a die list, by its ending and first line: KLARF, or text with a header.

    It may still be a bad one, which :func:`read_die_list` refuses.
    """
    path = Path(path).expanduser()
    return path.is_file() and ending(path) in TEXT_ENDINGS and has_columns(read_text(path))


def die_lists(path: str | os.PathLike) -> list[Path]:
    """Return the die lists among the files that :func:`semlib.wafer.data.load_maps` reads of a path.

    Of a folder, these are no ``.txt`` files; a ``.txt`` file by itself may be one. In natural order.
    """
    path = Path(path).expanduser()
    files = sorted(filter(read_in_folders, path.iterdir()), key=natural) if path.is_dir() else [path]
    return [file for file in files if is_die_list(file)]


def has_columns(text: str) -> bool:
    """Say whether a text is a die list or KLARF, and no map of numbers."""
    return is_klarf(text) or has_header(text)


def parse(
    text: str, path: Path, *, good_bins=(1,), no_die_bins=(), repeated="raise", y_up=None, columns=None
) -> DieList:
    """Do what :func:`read_die_list` says with the text of a file, without its warning of maps all alike."""
    if y_up not in (None, True, False):  # "False" would be true
        raise ValueError(f"y_up={y_up!r} must be True, False or None")
    if repeated not in ("raise", "last", "worst"):
        raise ValueError(f"repeated={repeated!r} must be 'raise', 'last' or 'worst'")
    if columns is not None and not isinstance(columns, Mapping):
        raise ValueError(f"columns={columns!r} must be a mapping such as {{'bin': 'Result'}}")
    klarf = is_klarf(text)
    if klarf and (columns or no_die_bins or steps.as_list(good_bins) != [1]):
        raise ValueError(f"{path} is a KLARF file, which has no bins; leave out columns and the two of bins")
    listed = steps.from_klarf(text, path) if klarf else steps.from_table(text, path, columns or {})
    y_up = klarf if y_up is None else y_up

    x, y = (steps.coordinates(listed, key) for key in ("x", "y"))
    values = steps.die_values(listed, good_bins, no_die_bins)
    which, names = steps.wafers(listed)
    for doubt in doubts(listed, x, y, good_bins, no_die_bins):
        warnings.warn(f"{path}: {doubt}", stacklevel=3)
    again = steps.count_repeated(listed, which, x, y, names, refuse=repeated == "raise")
    ends = steps.frames(listed, which, x, y)
    column = x - ends.x0[which]
    row = ends.y1[which] - y if y_up else y - ends.y0[which]

    shapes = list(zip(ends.y1 - ends.y0 + 1, ends.x1 - ends.x0 + 1, strict=True))
    flat = np.zeros(sum(h * w for h, w in shapes), np.uint8)
    order = np.argsort(values, kind="stable") if repeated == "worst" else np.arange(len(values))
    flat[_places(shapes, which, row, column)[order]] = values[order]  # of repeated places, the last stays
    parts = np.split(flat, np.cumsum([h * w for h, w in shapes])[:-1])
    maps = [part.reshape(shape) for part, shape in zip(parts, shapes, strict=True)]
    for one, name in zip(maps, names, strict=True):
        check_map(one, name=f"{path.name}, {name}")
    notes = (f"{again} lines repeat a die, the {repeated} counts",) if again else ()
    return DieList(
        listed.table, maps, names, which, row, column, (listed.note(good_bins, no_die_bins, y_up), *notes)
    )


def check_options(options: Mapping) -> None:
    """Refuse options that :func:`read_die_list` has not."""
    known = parse.__kwdefaults__
    if unknown := [name for name in options if name not in known]:
        raise ValueError(f"die lists have no option {unknown[0]!r}; known are {', '.join(known)}")


def warn_if_all_alike(maps: Iterable[np.ndarray], source: str, listed: Sequence[str] = ()) -> None:
    """Warn where no die of any map is good, or none is defective: then the values may mean something else.

    ``listed`` are the notes of die lists, if there are any.
    """
    maps = list(maps)
    if not any((one == DEFECTIVE).any() for one in maps):
        kind, hint = "defective", "write 1 for good dies and 2 for defective ones; 1 is no defect here"
    elif not any((one == GOOD).any() for one in maps):
        kind, hint = "good", "give the good dies too, as 1 or in a picture 127; 0 is no die"
    else:
        return
    if listed:
        klarf = listed[0].startswith("KLARF")
        hint = "look into the file" if klarf else "pass the bins that pass as good_bins"
        hint += f"; it was read as {listed[0]}"
    number = f"{len(maps)} map{'s' * (len(maps) != 1)}"
    warnings.warn(f"{source}: no die is {kind} in {number}. If that is not so, {hint}", stacklevel=3)
