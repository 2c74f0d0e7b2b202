"""Find WM-811K's converted folder, or make it from the published pickle."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import nullcontext, suppress
from pathlib import Path

from semlib._download.at_hand import folders, identify, workplace
from semlib._download.disk import write_atomic
from semlib._download.lock import alone
from semlib._download.verified import WrongAnswerError, digest
from semlib.download import MismatchError, fetch
from semlib.registry import REGISTRY
from semlib.wafer._wm811k_convert import FORMAT, convert

KEY = "wm811k"


def converted(path: Path | None, verify: bool, download: bool, progress: bool) -> Path:
    """Return the converted folder of what ``path`` names, see :func:`semlib.wafer.data.wm811k`."""
    if path is not None and path.is_dir() and (path / "meta.json").is_file():
        return path
    root_is_file = path is not None and path.is_file()
    if not root_is_file:
        # the pickle is not needed any more, and may have been deleted
        known = [folder for folder in _in(folders(KEY, path)) if checked_by(folder)]
        known.sort(key=lambda folder: checked_by(folder) != "sha256")
        if known:
            return known[0]
    method = ""
    if verify or not root_is_file:
        try:
            source = fetch(KEY, path, download=download, progress=progress)
        except WrongAnswerError:
            raise
        except MismatchError as error:
            hint = "To read another pickle, such as a part of the published one: wm811k(path, verify=False)."
            raise MismatchError(f"{error}\n{hint}") from error
        found = identify(source, REGISTRY[KEY])
        method = "sha256" if found and found.file.sha256 else "size"
    else:
        source = path
    return _of(source, path, method, progress)


def _of(source: Path, root: Path | None, method: str, progress: bool) -> Path:
    """Return the converted folder of a pickle; convert it where that was not done."""
    sha256 = digest(source, "sha256")
    name = f"maps-{sha256[:16]}"
    place = workplace(KEY, root)
    facts = {"file": source.name, "bytes": source.stat().st_size, "sha256": sha256, "checked": method}
    for locked in (False, True):  # what is there is used without a lock
        with alone(place, "maps") if locked else nullcontext():
            for folder in _in([*folders(KEY, root), *folders(KEY, None)]):
                if folder.name == name:
                    if method and not checked_by(folder):
                        _note(folder, facts)
                    return folder
            if locked:
                convert(source, place / name, facts, progress=progress)
    return place / name


def _note(folder: Path, facts: dict) -> None:
    """Note of a converted folder that its pickle is verified now; another user's stays as it is."""
    meta = {**read_meta(folder), "source": facts}
    with suppress(PermissionError):
        write_atomic(folder / "meta.json", json.dumps(meta, indent=1) + "\n")


def _in(places: Iterable[Path]) -> Iterator[Path]:
    """Find the converted folders of this version."""
    for place in dict.fromkeys(places):
        yield from (f for f in sorted(place.glob("maps-*")) if read_meta(f).get("format") == FORMAT)


def read_meta(folder: Path) -> dict:
    """Return what a converted folder says of itself; nothing if it is none."""
    try:
        meta = json.loads((folder / "meta.json").read_text())
    except (OSError, ValueError):
        return {}
    return meta if isinstance(meta, dict) else {}


def checked_by(folder: Path) -> str:
    """Return how the pickle was verified: "sha256", "size", or "" for not at all."""
    source = read_meta(folder).get("source")
    method = source.get("checked") if isinstance(source, dict) else ""
    return method if method in ("sha256", "size") else ""
