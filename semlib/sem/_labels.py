"""The table that gives images their labels, in Carinthia's schema; every fault names the line."""

from __future__ import annotations

import codecs
import csv
import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

COLUMNS = ("image_path", "file_name", "label")
_NAMES = ("file_name", "filename")  # Carinthia's, and Carinthia-S's, which is without .jpg


@dataclass(frozen=True)
class LabelTable:
    """What a table says of a folder's images.

    Attributes
    ----------
    labels : dict of str to int
        The label of each image that a row names.
    missing : list of str
        What the table names and the folder does not hold.
    masks : dict of str to Path, or None
        Where each image's mask should be, if the table has the column ``mask_path``.
    """

    labels: dict[str, int]
    missing: list[str]
    masks: dict[str, Path] | None = None


def read_labels(path: Path, folder: Path, names: Iterable[str]) -> LabelTable:
    """Read a ``;``-separated table of labels in Carinthia's schema: ``image_path;file_name;label``.

    It is UTF-8, or UTF-16 with a byte order mark; the latter may have tabs, as Excel's "Unicode text" has.

    Parameters
    ----------
    path : Path
        The CSV. Of ``image_path`` and ``file_name`` (or ``filename``) one may be absent. A column
        ``mask_path`` gives each image a mask.
    folder : Path
        The images' folder.
    names : iterable of str
        The images, relative to ``folder``.

    Returns
    -------
    LabelTable
        An image is found by ``image_path``, relative to the CSV's folder, to the folder above it (as in
        Carinthia's archive), or to ``folder``; else by ``file_name`` alone, with or without its suffix. A
        mask is looked for in the same three places.

    Raises
    ------
    ValueError
        If the separator, the columns, the number of fields or a label is wrong, if an image has two rows, or
        if one has no mask in a table with masks.
    """
    names = set(names)
    by_name, by_stem = {}, {}
    for name in names:
        file = PurePosixPath(name)
        by_name.setdefault(file.name, []).append(name)
        by_stem.setdefault(file.stem, []).append(name)
    real, beside = os.path.realpath(folder), os.path.realpath(path.parent)
    bases = (beside, os.path.dirname(beside), real)
    rows = _rows(path)
    labels, missing, line_of = {}, [], {}
    masks = {} if "mask_path" in rows[0][1] else None
    for line, row in rows:
        image_path, file_name = _path(row, "image_path"), _path(row, *_NAMES)
        tried = [os.path.relpath(os.path.join(base, image_path), real) for base in bases]
        found = [name for t in tried if (name := t.replace(os.sep, "/")) in names][:1]
        found = found or by_name.get(file_name) or by_stem.get(file_name, [])
        if len(found) > 1:
            raise ValueError(
                f"{path}, line {line}: file_name {file_name!r} fits {len(found)} images, such as "
                f"{', '.join(sorted(found)[:2])}; give image_path"
            )
        label = _label(row["label"], f"{path}, line {line}")
        name = found[0] if found else image_path or file_name
        if name in line_of:
            raise ValueError(f"{path}: lines {line_of[name]} and {line} both name {name}; remove one of them")
        line_of[name] = line
        if not found:
            missing.append(name)
            continue
        labels[name] = label
        if masks is not None:
            if not (mask := _path(row, "mask_path")):
                raise ValueError(f"{path}, line {line}: no mask_path; give {name} a mask, or none to all")
            places = [os.path.join(base, mask) for base in bases]
            masks[name] = Path(next(filter(os.path.isfile, places), places[0]))
    return LabelTable(labels, missing, masks)


def has_columns(path: Path) -> bool:
    """Tell whether a CSV's first line names all of Carinthia's columns."""
    header = {field.strip() for field in _first_line(path).split(_separator(path))}
    return {"image_path", "label"} <= header and not header.isdisjoint(_NAMES)


def other_separator(path: Path) -> str | None:
    """Return what separates a CSV's columns if it is not ``;``: a comma, a tab or a bar."""
    line = _first_line(path)
    return None if _separator(path) in line else next((mark for mark in ",\t|" if mark in line), None)


def _first_line(path: Path) -> str:
    with path.open(encoding=_encoding(path), errors="replace") as file:
        return file.readline(100_000)


def _separator(path: Path) -> str:
    line = _first_line(path)
    return "\t" if _encoding(path) == "utf-16" and "\t" in line and ";" not in line else ";"


def _encoding(path: Path) -> str:
    with path.open("rb") as file:
        begins = file.read(2)
    return "utf-16" if begins in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE) else "utf-8-sig"


def _path(row: dict[str, str], *columns: str) -> str:
    field = next((row[column] for column in columns if column in row), "")
    return field.strip().replace("\\", "/")


def _label(text: str, where: str) -> int:
    shown = repr(text if len(text) <= 40 else f"{text[:40]}… ({len(text):,} characters)")
    if not re.fullmatch(r"\s*[+-]?[0-9]+\s*", text):
        raise ValueError(f"{where}: label {shown} is not an integer; number the classes 1, 2, 3 …")
    if len(text) > 40 or not -(2**63) <= int(text) < 2**63:
        raise ValueError(f"{where}: label {shown} does not fit 64 bits; number the classes 1, 2, 3 …")
    return int(text)


def _rows(path: Path) -> list[tuple[int, dict[str, str]]]:
    """Return (line number, fields by column) of a CSV."""
    if not path.is_file():
        raise FileNotFoundError(f"labels_csv={path} is no file; pass the path of a CSV")
    try:
        with path.open(encoding=_encoding(path), newline="") as file:
            reader = csv.reader(file, delimiter=_separator(path), strict=True)
            lines = [(reader.line_num, fields) for fields in reader if any(fields)]
    except (UnicodeError, csv.Error) as error:
        raise ValueError(
            f"{path} is no CSV in UTF-8, or in UTF-16 with its mark: {error}; save it as CSV UTF-8"
        ) from error
    header = [field.strip() for field in lines[0][1]] if lines else []
    if len(header) == 1 and other_separator(path):
        raise ValueError(
            f"{path} is not separated by ';': its first line is {header[0]!r}; write it with ';'"
        )
    if "label" not in header or set(header).isdisjoint(("image_path", *_NAMES)):
        raise ValueError(f"{path} has the columns {header}; it needs {';'.join(COLUMNS)}")
    if not lines[1:]:
        raise ValueError(f"{path} names no image; it holds only its first line")
    for line, fields in lines[1:]:
        if len(fields) != len(header):
            raise ValueError(f"{path}, line {line}: {len(fields)} fields, and {len(header)} columns")
    return [(line, dict(zip(header, fields, strict=True))) for line, fields in lines[1:]]
