"""Dies and defects from KLARF text files of version 1.

Written after the descriptions and examples that others have published, and tried on files that we made in
their likeness: no file of an inspection tool was at hand. So it is strict: the unexpected is refused.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from semlib.wafer._table import lines_of, number

#: The statements that are read. Others are passed over; they all end with a semicolon.
_READ = {"FileVersion", "LotID", "WaferID", "SampleTestPlan", "DefectRecordSpec", "DefectList", "EndOfFile"}
_WORD = re.compile(r'"[^"]*"?|;|[^\s;"]+')


class _Word(NamedTuple):
    text: str
    line: int
    begins_line: bool


@dataclass
class Wafer:
    """One wafer: the dies that were inspected, each with the line that names it, and defects per die."""

    lot: str = ""
    wafer: str = ""
    line: int = 1
    plan: dict[tuple[int, int], int] = field(default_factory=dict)
    defects: dict[tuple[int, int], int] = field(default_factory=dict)


def is_klarf(text: str) -> bool:
    """Say whether a text begins as a KLARF file of any version does."""
    return re.match(r"\s*(FileVersion\s+\d|Record\s+FileRecord\b)", text) is not None


def read_klarf(text: str, path: Path) -> list[Wafer]:
    """Read the wafers of a KLARF file of version 1; a die is one of ``SampleTestPlan``."""
    if not text.lstrip().startswith("FileVersion"):
        raise ValueError(
            f"{path} is a KLARF file of the block format (version 1.8 or later: Record … {{ … }}); only the "
            "older flat one is read. Export version 1.2, or a die list with the columns x, y and bin"
        )
    wafers, lot, columns, last = [Wafer()], "", [], ""
    for keyword, line, words in _statements(text):
        last = keyword
        match keyword:
            case "FileVersion" if words[:1] and words[0].text.split(".")[0] != "1":
                raise ValueError(
                    f"{path}, line {line}: KLARF version {words[0].text}; only version 1 is read"
                )
            case "LotID":
                lot = " ".join(word.text for word in words)
            case "WaferID":
                if wafers[-1].plan or wafers[-1].defects:
                    wafers.append(Wafer())
                wafers[-1].lot, wafers[-1].wafer = lot, " ".join(word.text for word in words)
                wafers[-1].line = line
            case "SampleTestPlan":
                wafers[-1].plan |= _plan(words, line, path)
            case "DefectRecordSpec":
                columns = _columns(words, line, path)
            case "DefectList":
                _count(words, columns, line, wafers[-1], path)
    if last != "EndOfFile":
        raise ValueError(f"{path} does not end with EndOfFile; is it complete?")
    for wafer in wafers:
        if not wafer.plan:
            raise ValueError(
                f"{path}, line {wafer.line}: wafer {wafer.wafer!r} has no SampleTestPlan, which lists its "
                "dies; pass a die list with the columns x, y and bin"
            )
    return wafers


def _statements(text: str) -> list[tuple[str, int, list[_Word]]]:
    """Return the statements that are read: keyword, line, and the words up to the semicolon."""
    found, current, fresh = [], None, True
    for line, content in enumerate(lines_of(text), 1):
        for i, match in enumerate(_WORD.finditer(content)):
            word = match[0]
            if word == ";":
                current, fresh = None, True
            elif (fresh or i == 0) and word in _READ:
                current, fresh = [], False
                found.append((word, line, current))
            else:
                fresh = False
                if current is not None:
                    current.append(_Word(word.strip('"').strip(), line, i == 0))
    return found


def _plan(words: list[_Word], line: int, path: Path) -> dict[tuple[int, int], int]:
    count = _whole(words[0], "the number of dies", path, 0) if words else -1
    if len(words) != 1 + 2 * count:
        raise ValueError(
            f"{path}, line {line}: SampleTestPlan announces {max(count, 0)} dies and has {len(words[1:])} "
            "numbers up to the semicolon; two are needed for each die"
        )
    pairs = zip(words[1::2], words[2::2], strict=True)
    return {(_whole(x, "x", path), _whole(y, "y", path)): x.line for x, y in pairs}


def _columns(words: list[_Word], line: int, path: Path) -> list[str]:
    names = [word.text.upper() for word in words[1:]]
    if not words or words[0].text != str(len(names)) or not {"XINDEX", "YINDEX"} <= set(names):
        raise ValueError(
            f"{path}, line {line}: DefectRecordSpec must give the number of columns and then their names, "
            f"XINDEX and YINDEX among them; it holds {' '.join(word.text for word in words[:8])!r} …"
        )
    if "IMAGELIST" in names[:-1]:
        raise ValueError(
            f"{path}, line {line}: DefectRecordSpec has columns after IMAGELIST, of unknown place"
        )
    return names


def _count(words: list[_Word], columns: list[str], line: int, wafer: Wafer, path: Path) -> None:
    """Count the defects of each die. A record begins on a new line; IMAGELIST is n, then 2 n numbers."""
    if words and not columns:
        raise ValueError(f"{path}, line {line}: DefectList comes before DefectRecordSpec")
    start = 0
    while start < len(words):
        first, record = words[start], words[start : start + len(columns)]
        start += len(columns)
        if columns[-1] == "IMAGELIST" and len(record) == len(columns):
            start += 2 * _whole(record[-1], "IMAGELIST", path, 0)
        whole = start == len(words) or (start < len(words) and words[start].begins_line)
        if not whole:
            raise ValueError(
                f"{path}, line {first.line}: here or just above, a defect has not the {len(columns)} values "
                "that DefectRecordSpec names; is the file complete?"
            )
        die = tuple(_whole(record[columns.index(name)], name, path) for name in ("XINDEX", "YINDEX"))
        if die not in wafer.plan:
            why = (
                "which its SampleTestPlan does not list" if wafer.plan else "and no SampleTestPlan of its own"
            )
            raise ValueError(
                f"{path}, line {first.line}: wafer {wafer.wafer!r} has a defect in the die x = {die[0]}, "
                f"y = {die[1]}, {why}; add the die there, or pass a die list with x, y and bin"
            )
        wafer.defects[die] = wafer.defects.get(die, 0) + 1


def _whole(word: _Word, name: str, path: Path, smallest: float = float("-inf")) -> int:
    value = number(word.text)
    if not value.is_integer() or value < smallest:
        raise ValueError(f"{path}, line {word.line}: {name} is {word.text!r}, which it cannot be")
    return int(value)
