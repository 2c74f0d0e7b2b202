"""Text files as rows of cells: which separator they use, and on which line a row stands."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

#: What may lie between two cells; None stands for any number of blanks and tabs.
SEPARATORS = {",": "comma", ";": "semicolon", "\t": "tab", None: "blanks"}

#: Files of text that may hold maps; .000 stands for KLARF's .001 and so on too.
TEXT_ENDINGS = (".csv", ".tsv", ".txt", ".klarf", ".000")


def ending(path: Path) -> str:
    """Return a file's ending in small letters, ".000" for any of three digits."""
    return re.sub(r"^\.\d{3}$", ".000", path.suffix.lower())


@dataclass(frozen=True)
class Rows:
    """The cells of a text, row by row, without blank lines.

    ``lines[i]`` is the line of row i in the file, the first line being 1; ``separator`` is a word.
    """

    cells: list[list[str]]
    lines: list[int]
    separator: str


def read_text(path: Path) -> str:
    """Read a text file; a mark at its beginning, as Excel writes it, is dropped."""
    raw = path.read_bytes()
    latin = raw.lstrip().startswith(b"FileVersion")  # KLARF: names of classes may have other letters
    try:
        text = raw.decode("latin-1" if latin else "utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(f"{path} is no text in utf-8 ({error}); save it as plain text, utf-8") from error
    if not text.strip():
        raise ValueError(f"{path} is empty: it holds no line of text")
    return text


def split(text: str, separator: str | None, path: Path) -> Rows:
    """Split a text at one separator. Cells lose the blanks around them."""
    cells, lines = [], []
    try:
        for line, row in _rows(text, separator):
            stripped = [cell.strip() for cell in row]
            if any(stripped):
                cells.append(stripped)
                lines.append(line)
    except csv.Error as error:
        raise ValueError(f"{path} cannot be read as text with columns: {error}") from error
    alone = separator is None and all(len(row) == 1 for row in cells)
    return Rows(cells, lines, "none found" if alone else SEPARATORS[separator])


def _rows(text: str, separator: str | None) -> Iterator[tuple[int, list[str]]]:
    if separator is None:
        yield from ((number, line.split()) for number, line in enumerate(text.splitlines(), 1))
        return
    reader = csv.reader(text.splitlines(), delimiter=separator, skipinitialspace=True, strict=False)
    for row in reader:
        yield reader.line_num, row


def number(cell: str) -> float:
    """Return a cell's number, NaN where it is none."""
    try:
        return float(cell)
    except ValueError:
        return np.nan


def has_header(text: str) -> bool:
    """Say whether the first line with text holds words, such as the names of columns."""
    first = next(line for line in text.splitlines() if line.strip())
    for mark in ",;\t\"'":
        first = first.replace(mark, " ")
    words = [word for word in first.split() if np.isnan(number(word)) and word.lower() not in ("nan", "na")]
    return any(character.isalpha() for word in words for character in word)


def map_of_numbers(text: str, path: Path) -> np.ndarray:
    """Read a map from text without a header: a line for each row of dies, (H, W)."""
    found = [mark for mark in (",", ";", "\t") if mark in text]
    if len(found) > 1:
        names = " and ".join(SEPARATORS[mark] for mark in found)
        raise ValueError(
            f"{path} is no map of numbers: it holds {names}; put one separator between the numbers, which "
            "are whole (1, not 1,0)"
        )
    rows = split(text, found[0] if found else None, path)
    width = len(rows.cells[0])
    for row, line in zip(rows.cells, rows.lines, strict=True):
        if len(row) != width:
            raise ValueError(
                f"{path} is no map of numbers: line {line} has {len(row)}, line {rows.lines[0]} "
                f"has {width} (separator: {rows.separator}); every line needs as many, with 0 where no die is"
            )
    values = np.empty((len(rows.cells), width))
    for row, line, target in zip(rows.cells, rows.lines, values, strict=True):
        for k, cell in enumerate(row):
            try:
                target[k] = float(cell)
            except ValueError:
                raise ValueError(
                    f"{path} is no map of numbers: line {line}, column {k + 1} is {cell!r} (separator: "
                    f"{rows.separator}); write 0 no die, 1 good, 2 defective, and no header"
                ) from None
    _refuse_known_slips(rows, values, path)
    whole = (np.abs(values) < 2**53) & (values == np.round(values))
    return values.astype(np.int64) if whole.all() else values


def _refuse_known_slips(rows: Rows, values: np.ndarray, path: Path) -> None:
    if values.shape[1] > 3 and np.array_equal(values[0], np.arange(values.shape[1])):
        raise ValueError(
            f"{path} is no map of numbers: line {rows.lines[0]} counts 0, 1, 2, …, so it is a header; leave "
            "it out, with pandas by to_csv(path, header=False, index=False)"
        )
    long = [(row[0], line) for row, line in zip(rows.cells, rows.lines, strict=True) if len(row[0]) > 1]
    if values.shape[1] == 1 and long and set(long[0][0]) <= set("012"):
        raise ValueError(
            f"{path} is no map of numbers: line {long[0][1]} is {long[0][0][:20]!r} without a separator; "
            "put a comma between the dies"
        )
