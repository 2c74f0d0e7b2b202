"""What the notebooks hand to the book, and the sizes that they run at."""

from __future__ import annotations

import ast
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Profile:
    """How large a run is. The code is the same for all.

    Attributes
    ----------
    n_images, size, epochs : int or None, int, int
        SEM images (None: all that the data set has), side in pixels after preprocessing, training epochs.
    seeds : int
        How many seeds stand behind an interval.
    n_maps : int or None
        Wafer maps (None: all that the data set has).
    """

    n_images: int | None
    size: int
    epochs: int
    seeds: int
    n_maps: int | None


PROFILES = {
    "quick": Profile(n_images=160, size=64, epochs=6, seeds=3, n_maps=60),
    "trial": Profile(n_images=1500, size=128, epochs=15, seeds=5, n_maps=1000),
    "paper": Profile(n_images=None, size=512, epochs=15, seeds=5, n_maps=None),
}


def profile(name: str) -> Profile:
    """Return the profile of that name.

    "quick" is small, and the default of all notebooks; "trial" takes minutes and is what studies with many
    trainings are recorded with; "paper" has the paper's sizes.
    """
    if name not in PROFILES:
        raise ValueError(f"profile={name!r} must be one of {', '.join(PROFILES)}")
    return PROFILES[name]


def glue(name: str, value: Any) -> None:
    """Store a value under a name, so that the book's text can show it and a run can record it.

    Writes the same output as ``myst_nb.glue``, without needing myst_nb (Colab has none). Nothing is shown.

    Parameters
    ----------
    name : str
        The key of the book's ``{glue:text}`` roles.
    value : object
        NumPy scalars become plain numbers, so that formats such as ``:.2f`` work.
    """
    from IPython import get_ipython
    from IPython.display import display

    shell = get_ipython()
    if shell is None:
        return
    if isinstance(value, np.generic):
        value = value.item()
    data, metadata = shell.display_formatter.format(value)
    prefix = "application/papermill.record/"
    display(
        {prefix + mime: content for mime, content in data.items()},
        raw=True,
        metadata={**metadata, "scrapbook": {"name": name, "mime_prefix": prefix}},
    )


def glued(cells: Sequence[Mapping]) -> dict[str, Any]:
    """Return the values that a stored notebook's cells glued, by name; figures and tables are left out."""
    values = {}
    for cell in cells:
        for output in cell.get("outputs", []):
            name = output.get("metadata", {}).get("scrapbook", {}).get("name")
            if name is None:
                continue
            text = next((v for k, v in output["data"].items() if k.endswith("text/plain")), "")
            try:
                values[name] = ast.literal_eval("".join(text))
            except (ValueError, SyntaxError):
                continue
    return values


def recorded(name: str) -> dict | None:
    """Return ``results/NAME.json`` of the repository, or None where it is not at hand (on Colab, say)."""
    paths = _recorded(f"{name}.json")
    return next((json.loads(path.read_text()) for path in paths if path.exists()), None)


def recorded_arrays(name: str) -> dict[str, np.ndarray] | None:
    """Return the arrays of ``results/NAME.npz`` by name, or None where it is not at hand."""
    path = next((path for path in _recorded(f"{name}.npz") if path.exists()), None)
    if path is None:
        return None
    with np.load(path, allow_pickle=False) as stored:
        return {key: stored[key] for key in stored.files}


def recorded_bytes(name: str) -> bytes | None:
    """Return the bytes of ``results/NAME`` (with its ending, such as ``.webp``), or None where it is not."""
    return next((path.read_bytes() for path in _recorded(name) if path.exists()), None)


def _recorded(name: str) -> list[Path]:
    roots = (Path(__file__).resolve().parents[1], Path.cwd().parent, Path.cwd())
    return [root / "results" / name for root in roots]
