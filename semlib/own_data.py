"""What the notebooks for your own data ask of their parameters before anything is computed or written."""

from __future__ import annotations

import ast
import os
from pathlib import Path


def results_folder(output: str | os.PathLike, data: str | os.PathLike) -> Path:
    """Make the folder for the results.

    Parameters
    ----------
    output : path
        Made where it does not exist.
    data : path
        The user's file or folder.

    Returns
    -------
    Path

    Raises
    ------
    ValueError
        If it is the folder of the data, whose files results of the same names would replace; or if it cannot
        be made or written into.
    """
    data, folder = Path(str(data)).expanduser(), Path(str(output)).expanduser()
    if data.exists() and folder.resolve() == (data if data.is_dir() else data.parent).resolve():
        raise ValueError(
            f"output={str(output)!r} is the folder of your files; pass another, so that none is overwritten"
        )
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        why = "a file has this name" if isinstance(error, FileExistsError) else error.strerror
        raise ValueError(f"output={str(output)!r} cannot be made a folder ({why}); pass another") from error
    if not os.access(folder, os.W_OK):
        raise ValueError(f"output={str(output)!r} cannot be written into; pass another folder")
    return folder


def parsed(name: str, value: object, example: str) -> object:
    """Return a parameter that ``papermill -p`` passed as text as what the text says in Python.

    Raises
    ------
    ValueError
        If it is text that says nothing in Python; ``example`` is what would.
    """
    if not isinstance(value, str):
        return value
    try:
        return ast.literal_eval(value)
    except (ValueError, SyntaxError) as error:
        raise ValueError(f"{name}={value!r} is not written as in Python: pass {example}") from error


def whole(name: str, value: object, *, least: int, none: bool = False) -> None:
    """Refuse what is no whole number of at least ``least``, or None where that is allowed."""
    if value is None and none:
        return
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        also = ", or None" if none else ""
        raise ValueError(f"{name}={value!r} must be a whole number of at least {least}{also}")
