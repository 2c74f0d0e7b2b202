"""What a person can do where a data set is not at hand: which file, from where, to where."""

from __future__ import annotations

from pathlib import Path

from semlib._download import kaggle as _kaggle
from semlib.registry import DataSet, RemoteFile


def how_to_get(dataset: DataSet, folder: Path) -> str:
    """Say how to get a data set by hand, and with a token where Kaggle has it."""
    ways = [_by_hand(dataset, file, folder) for file in dataset.files]
    text = "\n".join(["To get it by hand:" if len(ways) == 1 else "To get it by hand, any one of:", *ways])
    text += (
        f"\nOr pass the path of that file where it is. All is checked before use. Terms: {_terms(dataset)}."
    )
    if any(file.kaggle for file in dataset.files) and not _kaggle.has_credentials():
        text += f"\nOr let it be downloaded with a Kaggle token: {_kaggle.HOW_TO}."
    return text


def _by_hand(dataset: DataSet, file: RemoteFile, folder: Path) -> str:
    hashes = [f"{name} {getattr(file, name)}" for name in ("sha256", "md5") if getattr(file, name)]
    facts = ", ".join([f"{file.size:,} bytes", *(hashes or ["no hash is published"])])
    if file.kaggle:
        source = f"https://www.kaggle.com/datasets/{file.kaggle} (a free account is needed)"
        extra = "; Kaggle's archive.zip there will do as well"
    else:
        source, extra = f"{file.url} (page: {dataset.page})", ""
    return f"  - {file.name} ({facts})\n    from {source}\n    to   {folder / file.name}{extra}"


def _terms(dataset: DataSet) -> str:
    return dataset.licence or "not stated by the publisher; research use with citation is what others write"
