"""Text files as rows of cells: which separator they use, and on which line a row stands."""

from __future__ import annotations

import codecs
import csv
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np

#: What may lie between two cells; None stands for any number of blanks and tabs.
SEPARATORS = {",": "comma", ";": "semicolon", "\t": "tab", None: "blanks"}

#: Files of text that may hold maps; .000 stands for KLARF's .001 and so on too.
TEXT_ENDINGS = (".csv", ".tsv", ".txt", ".klarf", ".000")

#: What no text holds: one such character behind a bin would make it another bin. Latin-1 has letters there.
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_CONTROL_WIDE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_EXCEL_SEPARATOR = re.compile(r'\A"?sep=[^\r\n]"?[,;\t ]*(?=[\r\n]|\Z)', re.IGNORECASE)


def ending(path: Path) -> str:
    """Return a file's ending in small letters, ".000" for any of three digits."""
    return re.sub(r"^\.\d{3}$", ".000", path.suffix.lower())


def read_in_folders(path: Path) -> bool:
    """Say whether a file counts when its folder is read: a .txt is rather a note than a map."""
    return ending(path) != ".txt"


def natural(path: Path) -> tuple[list[int | str], str]:
    """Return the key that sorts map_9 before map_10."""
    return [int(part) if part.isdecimal() else part for part in re.split(r"(\d+)", path.name)], path.name


@dataclass(frozen=True)
class Rows:
    """The cells of a text, row by row, without blank lines.

    ``lines[i]`` is the line of row i in the file, the first line being 1; ``separator`` is a word.
    """

    cells: list[list[str]]
    lines: list[int]
    separator: str


def read_text(path: Path) -> str:
    """Read a text file; a mark at its beginning, as Excel writes it, is dropped.

    The text is utf-8, or utf-16 where the mark says so. A first line ``sep=;``, for Excel, becomes blank.
    """
    raw = path.read_bytes()
    latin = raw.lstrip().startswith(b"FileVersion")  # KLARF: names of classes may have other letters
    wide = raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        text = raw.decode("latin-1" if latin else "utf-16" if wide else "utf-8-sig")
    except UnicodeDecodeError as error:
        kind = "utf-16" if wide else "utf-8"
        raise ValueError(f"{path} is no text in {kind} ({error}); save it as plain text, utf-8") from error
    if found := (_CONTROL if latin else _CONTROL_WIDE).search(text):
        line = len(lines_of(text[: found.start()]))
        raise ValueError(
            f"{path}, line {line}: holds the control character {found[0]!r}; is it complete? Delete "
            "the character, or save the file as plain text, utf-8"
        )
    text = _EXCEL_SEPARATOR.sub("", text)
    if not text.strip():
        raise ValueError(f"{path} is empty: it holds no line of text")
    return text


def lines_of(text: str) -> list[str]:
    """Split a text at its line breaks as editors count them; str.splitlines knows other ends too."""
    return re.split(r"\r\n|\n|\r", text)


def split(text: str, separator: str | None, path: Path) -> Rows:
    """Split a text at one separator. Cells lose the blanks around them. No cell reaches over a line's end."""
    cells, lines = [], []
    for line, content in enumerate(lines_of(text), 1):
        try:
            row = _blanks(content) if separator is None else _cells(content, separator)
        except csv.Error as error:
            hint = "; a quotation mark that opens must close in its line" if '"' in content else ""
            raise ValueError(
                f"{path}, line {line}: cannot be read as cells: {error} (separator: {SEPARATORS[separator]})"
                + hint
            ) from error
        stripped = [cell.strip() for cell in row]
        if any(stripped):
            cells.append(stripped)
            lines.append(line)
    alone = separator is None and all(len(row) == 1 for row in cells)
    return Rows(cells, lines, "none found" if alone else SEPARATORS[separator])


def _cells(line: str, separator: str) -> list[str]:
    # a reader for each line: one for the text would let an open quote swallow the lines below it
    return next(csv.reader([line], delimiter=separator, skipinitialspace=True, strict=True), [])


def _blanks(line: str) -> list[str]:
    if '"' not in line:
        return line.split()
    words = re.findall(r'"[^"]*"(?!\S)|\S+', line)
    if wrong := [word for word in words if word[0] == '"' and (len(word) < 2 or word.count('"') != 2)]:
        raise csv.Error(f"{wrong[0][:20]!r} opens a quotation")
    return [word[1:-1] if word[0] == '"' else word for word in words]


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
