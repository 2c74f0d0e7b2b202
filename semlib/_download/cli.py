"""The command ``python -m semlib.download``."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from semlib._download import folders as _folders
from semlib._download.at_hand import at_hand, folders
from semlib.download import fetch, fetch_folder
from semlib.registry import REGISTRY, DataSet


def run(arguments: list[str] | None) -> int:
    """Fetch data sets, or list them; return 0, or 1 where one could not be had."""
    parser = argparse.ArgumentParser(
        prog="python -m semlib.download", description="Fetch the published data sets, verified."
    )
    parser.add_argument("key", nargs="*", help=", ".join(REGISTRY))
    parser.add_argument("--root", help="the file, or the folder that holds it or gets it")
    parser.add_argument("--list", action="store_true", help="say what there is, and what is at hand")
    chosen = parser.parse_args(arguments)
    root = None if chosen.root is None else Path(chosen.root).expanduser()
    if unknown := [key for key in chosen.key if key not in REGISTRY]:
        parser.error(f"{unknown[0]!r} is not a data set; there are {', '.join(REGISTRY)}")
    if chosen.list or not chosen.key:
        print("\n\n".join(_describe(REGISTRY[key], root) for key in chosen.key or REGISTRY))
        return 0
    for key in chosen.key:
        try:
            print(_get(REGISTRY[key], root))
        except (OSError, ValueError) as error:
            print(f"{key}: {error}", file=sys.stderr)
            return 1
        except KeyboardInterrupt:
            print(f"{key}: interrupted; the next call goes on from there", file=sys.stderr)
            return 130
    return 0


def _is_folder(dataset: DataSet) -> bool:
    return len(dataset.files) == 1 and dataset.files[0].name.endswith(".zip")


def _get(dataset: DataSet, root: Path | None) -> Path:
    return (fetch_folder if _is_folder(dataset) else fetch)(dataset.key, root)


def _describe(dataset: DataSet, root: Path | None) -> str:
    lines = [f"{dataset.key}: {dataset.title}. {dataset.description}"]
    for file in dataset.files:
        source = "Kaggle (with an account)" if file.kaggle else file.url
        lines.append(f"  {file.name}, {file.size:,} bytes, from {source}")
    lines.append(f"  terms: {dataset.licence or 'not stated'}")
    place = folders(dataset.key, root)[0]
    found = [str(found.path) for found in at_hand(dataset, root)]
    if _is_folder(dataset) and _folders.is_whole(place, dataset.files[0].sha256):
        found.append(str(place / _folders.NAME))
    lines.append(f"  at hand (not verified now): {', '.join(found)}" if found else f"  not in {place}")
    return "\n".join(lines)
