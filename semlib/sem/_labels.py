"""The table that gives images their labels, in Carinthia's schema; every fault names the line."""

from __future__ import annotations

import csv
import os
import re
from collections.abc import Iterable
from pathlib import Path

COLUMNS = ("image_path", "file_name", "label")


def read_labels(path: Path, folder: Path, names: Iterable[str]) -> tuple[dict[str, int], list[str]]:
    """Read a ``;``-separated table of labels in Carinthia's schema: ``image_path;file_name;label``.

    Parameters
    ----------
    path : Path
        The CSV. Of ``image_path`` and ``file_name`` one may be absent.
    folder : Path
        The images' folder.
    names : iterable of str
        The images, relative to ``folder``.

    Returns
    -------
    labels : dict of str to int
        The label of each image that a row names: by ``image_path``, relative to the CSV's folder, to the
        folder above it (as in Carinthia's archive), or to ``folder``; else by ``file_name`` alone.
    missing : list of str
        What the CSV names and ``names`` does not hold.

    Raises
    ------
    ValueError
        If the separator, the columns, the number of fields or a label is wrong, or if an image has two rows.
    """
    names = set(names)
    by_file_name: dict[str, list[str]] = {}
    for name in names:
        by_file_name.setdefault(name.rsplit("/", 1)[-1], []).append(name)
    real, beside = os.path.realpath(folder), os.path.realpath(path.parent)
    bases = (beside, os.path.dirname(beside), real)
    labels, missing, line_of = {}, [], {}
    for line, row in _rows(path):
        image_path, file_name = (row.get(c, "").strip().replace("\\", "/") for c in COLUMNS[:2])
        tried = [os.path.relpath(os.path.join(base, image_path), real) for base in bases]
        found = [name for t in tried if (name := t.replace(os.sep, "/")) in names][:1]
        found = found or by_file_name.get(file_name, [])
        if len(found) > 1:
            raise ValueError(
                f"{path}, line {line}: file_name {file_name!r} fits {len(found)} images, such as "
                f"{', '.join(sorted(found)[:2])}; give image_path"
            )
        try:
            label = int(row["label"])
        except ValueError:
            raise ValueError(f"{path}, line {line}: label {row['label']!r} is not an integer") from None
        name = found[0] if found else image_path or file_name
        if name in line_of:
            raise ValueError(f"{path}: lines {line_of[name]} and {line} both name {name}; remove one of them")
        line_of[name] = line
        if found:
            labels[name] = label
        else:
            missing.append(name)
    return labels, missing


def has_columns(path: Path) -> bool:
    """Tell whether a CSV's first line names all of Carinthia's columns."""
    with path.open(encoding="utf-8-sig", errors="replace") as file:
        return set(COLUMNS) <= {field.strip() for field in file.readline().split(";")}


def _rows(path: Path) -> list[tuple[int, dict[str, str]]]:
    """Return (line number, fields by column) of a CSV."""
    if not path.is_file():
        raise FileNotFoundError(f"labels_csv={path} is no file; pass the path of a CSV")
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file, delimiter=";", strict=True)
            lines = [(reader.line_num, fields) for fields in reader if any(fields)]
    except (UnicodeDecodeError, csv.Error) as error:
        raise ValueError(f"{path} is no CSV in UTF-8: {error}") from error
    header = [field.strip() for field in lines[0][1]] if lines else []
    if len(header) == 1 and re.search(r"[,\t|]", header[0]):
        raise ValueError(
            f"{path} is not separated by ';': its first line is {header[0]!r}; write it with ';'"
        )
    if "label" not in header or not {"image_path", "file_name"} & set(header):
        raise ValueError(f"{path} has the columns {header}; it needs {';'.join(COLUMNS)}")
    if not lines[1:]:
        raise ValueError(f"{path} names no image; it holds only its first line")
    for line, fields in lines[1:]:
        if len(fields) != len(header):
            raise ValueError(f"{path}, line {line}: {len(fields)} fields, and {len(header)} columns")
    return [(line, dict(zip(header, fields, strict=True))) for line, fields in lines[1:]]
