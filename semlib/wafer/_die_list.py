"""The steps from the text of a die list to maps: find the columns, read numbers, place the dies."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from semlib.wafer._klarf import read_klarf
from semlib.wafer._table import SEPARATORS, lines_of, number, split
from semlib.wafer.maps import DEFECTIVE, GOOD, NO_DIE

#: Names of columns, the first that is there is taken. Capitals, blanks, dots and underscores do not count.
COLUMN_NAMES: dict[str, tuple[str, ...]] = {
    "x": ("x", "diex", "xdie", "xindex", "xcoord", "xcoordinate", "col", "column"),
    "y": ("y", "diey", "ydie", "yindex", "ycoord", "ycoordinate", "row"),
    "bin": ("bin", "hardbin", "hbin", "softbin", "sbin", "bincode", "binnumber"),
    "lot": ("lot", "lotid", "lotname", "lotnumber"),
    "wafer": ("wafer", "waferid", "waferno", "wafernumber", "waferindex"),
}
#: The maps of a list may have so many cells in all, or so many for each line where that is more. One die at
#: x = 1000000000 must not fill the memory.
MOST_CELLS, MOST_CELLS_A_LINE = 10_000_000, 100


@dataclass(frozen=True)
class Listed:
    """A list as it stands in a file: its cells as text, the line of each row, and which columns are used."""

    table: pd.DataFrame
    lines: np.ndarray
    taken: dict[str, str]
    path: Path
    klarf: bool = False

    def cells(self, key: str) -> list[str]:
        """Return the cells of a column that is used."""
        return self.table[self.taken[key]].tolist()

    def refuse(self, i: int, why: str) -> ValueError:
        """Return the error for row i."""
        return ValueError(f"{self.path}, line {self.lines[i]}: {why}")

    def note(self, good_bins: Collection[int | str], no_die_bins: Collection[int | str], y_up: bool) -> str:
        """Say in words how the list was read."""
        way = f"y grows {'upward' if y_up else 'downward'}"
        if self.klarf:
            return f"KLARF: dies of SampleTestPlan, defective with any defect, {way}"
        x, y, bins = (repr(self.taken[key]) for key in ("x", "y", "bin"))
        apart = " and ".join(repr(self.taken[key]) for key in ("lot", "wafer") if key in self.taken)
        good, none = as_list(good_bins), as_list(no_die_bins)
        known = {as_bin(str(one)) for one in good + none}
        bad = sorted((one for one in set(self.cells("bin")) if as_bin(one) not in known), key=_rank)
        kinds = {"good": good, "bad": bad[:9] + ["…"] * (len(bad) > 9), "no die": none}
        means = "; ".join(f"{kind}: {', '.join(map(str, some))}" for kind, some in kinds.items() if some)
        by = f", wafers told apart by {apart}" if apart else ""
        return f"die list: x {x}, y {y}, bin {bins} ({means}), {way}{by}"


def from_table(text: str, path: Path, columns: Mapping[str, str]) -> Listed:
    """Read a table whose first line names its columns."""
    if unknown := set(columns) - set(COLUMN_NAMES):
        raise ValueError(f"columns has the key {min(unknown)!r}; known are {', '.join(COLUMN_NAMES)}")
    lines = lines_of(text)
    at = next(i for i, line in enumerate(lines) if line.strip())
    head = _header("\n" * at + lines[at], columns, path)
    _check_columns(head, columns, [*enumerate(lines, 1)][at + 1 :], path)

    header, taken = head.cells, head.places
    rows = split(text, head.mark, path)
    while not header[-1] and not any(any(cells[len(header) - 1 :]) for cells in rows.cells):
        header.pop()  # some programs end each line with a separator
    for cells, line in zip(rows.cells, rows.lines, strict=True):
        while len(cells) > len(header) and not cells[-1]:
            cells.pop()
        if len(cells) != len(header):
            raise ValueError(
                f"{path}, line {line}: {len(cells)} cells, but {len(header)} columns are named in line "
                f"{rows.lines[0]} (separator: {rows.separator})"
            )
    if len(rows.cells) < 2:
        raise ValueError(f"{path} names columns, and holds no die below them")
    table = pd.DataFrame(rows.cells[1:], columns=header)
    return Listed(table, np.array(rows.lines[1:]), {key: header[at[0]] for key, at in taken.items()}, path)


@dataclass(frozen=True)
class _Header:
    """A line that may name columns: the separator, its name, the cells, and where each used column is."""

    mark: str | None
    separator: str
    cells: list[str]
    places: dict[str, list[int]]

    def lacks(self, columns: Mapping[str, str]) -> list[str]:
        return [key for key in ("x", "y", "bin", *columns) if key not in self.places]


def _header(line: str, columns: Mapping[str, str], path: Path) -> _Header:
    """Split a line, and blank ones above it, at the separator by which most of the columns are found."""
    heads, wrong = [], []
    for mark in SEPARATORS:
        if mark is None or mark in line:
            try:
                rows = split(line, mark, path)
            except ValueError as error:  # a quoted cell may hold another separator
                wrong.append(error)
            else:
                cells = rows.cells[0] if rows.cells else [""]
                heads.append(_Header(mark, rows.separator, cells, _find(cells, columns)))
    best = max(heads, key=lambda head: (len(head.places), len(head.cells)), default=None)
    if wrong and (best is None or best.lacks(columns)):
        raise wrong[0]
    return best


def _find(header: list[str], columns: Mapping[str, str]) -> dict[str, list[int]]:
    """Return where each used column is; more than one place where two columns have its name."""
    plain = [re.sub(r"[\W_]", "", name).casefold() for name in header]
    places = {}
    for key, known in COLUMN_NAMES.items():
        name = next((name for name in known if name in plain), None)
        wanted = [i for i, own in enumerate(header) if own == columns[key]] if key in columns else None
        at = [i for i, own in enumerate(plain) if own == name] if wanted is None else wanted
        if at:
            places[key] = at
    return places


def _below(columns: Mapping[str, str], lines: list[tuple[int, str]], path: Path) -> int | None:
    """Return which of the lines below the first is the header, if one is."""
    for number_, line in lines[:200]:
        try:
            if not _header(line, columns, path).lacks(columns):
                return number_
        except ValueError:
            continue
    return None


def _check_columns(
    head: _Header, columns: Mapping[str, str], below: list[tuple[int, str]], path: Path
) -> None:
    header, taken, separator = head.cells, head.places, head.separator
    listed = ", ".join(map(repr, header[:12])) + (" …" if len(header) > 12 else "")
    if lacking := head.lacks(columns):
        asked = f" = {columns[lacking[0]]!r}" if lacking[0] in columns else ""
        used = {i for at in taken.values() for i in at}
        free = [name for i, name in enumerate(header) if i not in used]
        hint = "A list of dies has columns for x, y and bin, and a map of numbers has no header"
        if (line := _below(columns, below, path)) is not None:
            hint = f"The header seems to be line {line}, and it must be the first: delete the lines above it"
        elif len(header) == 1:
            hint = "Put commas, semicolons, tabs or blanks between the columns"
        elif free:
            hint = f"Name it, as in columns={{{lacking[0]!r}: {free[0]!r}}}; a map of numbers has no header"
        raise ValueError(
            f"{path} is a die list without a column for {lacking[0]}{asked}: its first line names {listed} "
            f"(separator: {separator}). {hint}"
        )
    for key, at in taken.items():
        if len(at) > 1 or header.count(header[at[0]]) > 1:
            names = " and ".join(repr(header[i]) for i in at)
            raise ValueError(
                f"{path}: the columns {names} could both be {key}; rename one, or pass columns={{{key!r}: …}}"
            )


def from_klarf(text: str, path: Path) -> Listed:
    """Make a list of a KLARF file: bin 1 for a die without a defect, 2 for one with at least one."""
    wafers = read_klarf(text, path)
    dies = [(one, die, one.defects.get(die, 0)) for one in wafers for die in one.plan]
    rows = [(one.lot, one.wafer, str(x), str(y), "2" if n else "1", n) for one, (x, y), n in dies]
    lines = np.array([line for one in wafers for line in one.plan.values()])
    table = pd.DataFrame(rows, columns=["lot", "wafer", "x", "y", "bin", "defects"])
    return Listed(table, lines, {key: key for key in COLUMN_NAMES}, path, klarf=True)


def coordinates(listed: Listed, key: str) -> np.ndarray:
    """Return a column of coordinates, int64."""
    values = np.array([number(cell) for cell in listed.cells(key)])
    whole = np.isfinite(values) & (values == np.round(values)) & (np.abs(values) < 2**53)
    if not whole.all():
        i = int(np.argmin(whole))
        raise listed.refuse(
            i, f"{key} is {listed.cells(key)[i]!r}; a die's coordinates are whole numbers, counted in dies"
        )
    return values.astype(np.int64)


def die_values(listed: Listed, good_bins: Collection, no_die_bins: Collection) -> np.ndarray:
    """Return GOOD, DEFECTIVE or NO_DIE for each line."""
    good, none = ({as_bin(str(one)) for one in as_list(bins)} for bins in (good_bins, no_die_bins))
    if not good or good & none:
        raise ValueError(
            f"good_bins={good_bins!r}, no_die_bins={no_die_bins!r}: pass bins that pass, and others"
        )
    bins = [as_bin(cell) for cell in listed.cells("bin")]
    if "" in bins:
        i = bins.index("")
        raise listed.refuse(i, f"bin is {listed.cells('bin')[i]!r}; every line needs a bin")
    unseen = [isinstance(one, str) and not one.isprintable() for one in bins]
    if any(unseen):  # it would be another bin than it looks
        i = unseen.index(True)
        raise listed.refuse(i, f"bin is {listed.cells('bin')[i]!r}, with a character that cannot be seen")
    return np.array([NO_DIE if one in none else GOOD if one in good else DEFECTIVE for one in bins], np.uint8)


def as_list(bins: Collection[int | str] | int | str) -> list:
    """Return bins as a list, a single bin too."""
    if isinstance(bins, (int, float, str)):
        return [bins]
    if not isinstance(bins, Collection):
        raise ValueError(f"good_bins and no_die_bins are lists of bins such as (1, 2), not {bins!r}")
    return list(bins)


def as_bin(cell: str) -> float | str:
    """Return a bin as a number where it is one, so that 01 and 1 are the same; "" where it is nothing."""
    value = number(cell)
    text = cell.strip()
    return value if np.isfinite(value) else "" if text.lower() in ("", "nan", "inf", "-inf") else text


def _rank(cell: str) -> tuple[float, str]:
    value = number(cell)
    return (value if np.isfinite(value) else np.inf), cell


def wafers(listed: Listed) -> tuple[np.ndarray, tuple[str, ...]]:
    """Return which wafer each line belongs to, in the order of first lines, and their names."""
    keys = [key for key in ("lot", "wafer") if key in listed.taken]
    if not keys:
        return np.zeros(len(listed.table), np.int64), (listed.path.stem,)
    numbers: dict[tuple, int] = {}
    groups = list(zip(*([cell.strip() for cell in listed.cells(key)] for key in keys), strict=True))
    for key, cells in zip(keys, zip(*groups, strict=True), strict=True):
        if any(cells) and not all(cells):
            why = "is blank here and not in all lines; fill it in (merged cells are blank but for the first)"
            raise listed.refuse(cells.index(""), f"{key} {why}")
    first = {}  # how a wafer is called; 01 and 1 are the same
    plain = [tuple(int(v) if v.isdecimal() else v for v in group) for group in groups]
    for group, number_ in zip(groups, plain, strict=True):
        first.setdefault(number_, group)
    which = np.array([numbers.setdefault(group, len(numbers)) for group in plain])
    words = [[f"{k} {v}" for k, v in zip(keys, first[group], strict=True) if v] for group in numbers]
    return which, tuple(", ".join(parts) or listed.path.stem for parts in words)


@dataclass(frozen=True)
class Ends:
    """The smallest and largest x and y of each wafer, int64 (wafers,)."""

    x0: np.ndarray
    x1: np.ndarray
    y0: np.ndarray
    y1: np.ndarray


def frames(listed: Listed, which: np.ndarray, x: np.ndarray, y: np.ndarray) -> Ends:
    """Return where each wafer's map begins and ends. No map is made where one would be far too large."""
    groups = pd.DataFrame({"x": x, "y": y}).groupby(which)
    low, high = groups.min(), groups.max()
    cells = ((high - low).astype(float) + 1).prod(axis=1)  # as floats, for integers would overflow
    most = max(MOST_CELLS, MOST_CELLS_A_LINE * len(x))
    if cells.sum() > most:
        here = np.flatnonzero(which == cells.idxmax())
        far = np.maximum(*(np.abs(v[here] - np.median(v[here])) for v in (x, y)))
        i, middle = int(here[far.argmax()]), [f"{np.median(v[here]):.0f}" for v in (x, y)]
        raise listed.refuse(
            i,
            f"the die x = {x[i]}, y = {y[i]} lies far from the middle of its wafer, x = {middle[0]}, "
            f"y = {middle[1]}: {cells.sum():.3g} cells for {len(x)} lines, allowed are {most:.3g}. Is it "
            "a slip? Coordinates are counted in dies, not in micrometres",
        )
    return Ends(*(end[key].to_numpy() for key in ("x", "y") for end in (low, high)))


def count_repeated(
    listed: Listed, which: np.ndarray, x: np.ndarray, y: np.ndarray, names: tuple[str, ...], *, refuse: bool
) -> int:
    """Count the lines whose die was in a line before; or refuse them."""
    dies = pd.DataFrame({"which": which, "x": x, "y": y})
    again = dies.duplicated().to_numpy()
    if not again.any() or not refuse:
        return int(again.sum())
    i = int(again.argmax())
    j = int((dies == dies.iloc[i]).all(axis=1).argmax())
    whose = f" of {names[which[i]]}" if "wafer" in listed.taken or "lot" in listed.taken else ""
    hint = ". Or are these several wafers? Name the column that tells them apart: columns={'wafer': …}"
    raise listed.refuse(
        i,
        f"the die x = {x[i]}, y = {y[i]}{whose} is in line {listed.lines[j]} already (lines that "
        f"repeat a die: {again.sum()}). Pass repeated='last' if the last test counts, or repeated='worst'"
        + ("" if "wafer" in listed.taken else hint),
    )
