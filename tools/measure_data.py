"""Measure what is at hand of the published data sets, and draw examples: ``tools/cards.py measure``.

``results/data_KEY.json`` says what was measured: the whole published file, proved by its hash, or a part.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from data_facts import UNLABELLED, examples, groupings, image_facts, initials, map_facts, repeats
from matplotlib.figure import Figure
from nb import provenance

from semlib._download.at_hand import identify
from semlib.download import MissingDataError, fetch, verify
from semlib.plots import data_cards, wafer_maps
from semlib.plots.style import use_style
from semlib.registry import REGISTRY, DataSet
from semlib.sem.data import SemImages
from semlib.wafer.data import mixedwm38, wm811k

ROOT = Path(__file__).resolve().parents[1]
#: Parts of the data sets, by the SHA-256 of their file: how they were taken from the whole, as reported.
PARTS = {
    "43eb5b2b3287dd8a5c1b5876c92a4ee2ac84fbd8b0e41596972bcd453ea9b7fd": "every second row of the file",
    "bfdc5d42b85bc6844748e99330052fbb08744e8c691e9a906c5e76221bcfb5f7": (
        "labelled maps from a copy of the file; how they were drawn is not known"
    ),
    "c48941200fb321a2f7cdc140a24916fd9adeb40714945c935f3a4e5a398d46db": (
        "images that somebody shrank (how is not known), with labels inferred from counts and look"
    ),
}
#: Where a part may lie in the folder of the data.
PLACES = {"carinthia": "carinthia*/*.csv", "wm811k": "wm811k/*.npz", "mixedwm38": "mixedwm38/*.npz"}


@dataclass
class Found:
    """What is at hand of a data set: its file, and what proves it the published one ("": it is a part)."""

    data: DataSet
    file: Path
    checked: str = ""


@dataclass
class Loaded:
    """The images or maps, their classes as the registry calls them, groups of equal ones, further facts."""

    items: Sequence[np.ndarray]
    names: list[str]
    groups: np.ndarray
    facts: dict
    combinations: list[str] | None = None


def find(key: str, base: Path) -> Found | None:
    """Return what is at hand of a data set in the folder ``base``: the published file, else a part of it.

    Raises
    ------
    semlib.download.MismatchError
        If a file has the published one's name, and is another.
    ValueError
        If there are several parts.
    """
    data = REGISTRY[key]
    try:
        path = fetch(key, base, download=False, progress=False)
    except MissingDataError:
        parts = sorted(base.glob(PLACES[key])) if key in PLACES else []
        if len(parts) > 1:
            names = ", ".join(map(str, parts))
            raise ValueError(f"{base} holds several parts of {data.title}: {names}; leave one") from None
        return Found(data, parts[0]) if parts else None
    return Found(data, path, verify(path, identify(path, data).file))


def load(found: Found) -> Loaded:
    """Read what is at hand."""
    loaders = {"wm811k": _load_maps, "mixedwm38": _load_mixed}
    return loaders.get(found.data.key, _load_images)(found)


def _load_images(found: Found) -> Loaded:
    if found.checked:
        images = getattr(SemImages, found.data.key)(found.file, progress=False)
    else:
        images = SemImages.from_folder(found.file.parent / "images", found.file)
    names = [str(label) for label in images.labels]
    facts = {"images": image_facts(images, names), "fingerprint": images.fingerprint}
    if images.mask_paths is not None:
        table = images.mask_table()
        facts["masks"] = {str(label): row.to_dict() for label, row in table.iterrows()}
    return Loaded(images, names, images.content_groups(), facts)


def _load_maps(found: Found) -> Loaded:
    maps = wm811k(found.file, download=False, progress=False)
    labels = [maps.pattern_names[row.argmax()] if row.any() else UNLABELLED for row in maps.patterns]
    facts = {"notes": list(maps.notes), "maps": map_facts(maps, labels)}
    if found.checked:
        wafers = maps.table["lot"].value_counts()
        wafers = wafers[wafers > 0]
        facts["lots"] = {
            "lots": len(wafers),
            "wafers": [int(wafers.min()), round(float(wafers.mean()), 2), int(wafers.max())],
        }
        facts["split"] = {str(name): int(n) for name, n in maps.table["split"].value_counts().items()}
    else:  # other copies write None for none, and the loader knows it
        with np.load(found.file, allow_pickle=False) as stored:
            spelt = set(stored["failureType"].tolist())
        known = {name.casefold(): name for name in found.data.classes}
        facts["spelling"] = {s: known[s.casefold()] for s in sorted(spelt) if s not in found.data.classes}
    return Loaded(maps, labels, maps.content_groups(), facts)


def _load_mixed(found: Found) -> Loaded:
    maps = mixedwm38(found.file)
    with np.load(found.file, allow_pickle=False) as stored:
        raw = stored["arr_0"]
        facts = {"arrays": {name: [stored[name].dtype.name, *stored[name].shape] for name in stored.files}}
    by_count = list(found.data.classes)
    labels = [by_count[n] for n in maps.patterns.sum(1)]
    combinations = ["+".join(np.array(maps.pattern_names)[row]) or by_count[0] for row in maps.patterns]
    odd = (raw == 3).sum((1, 2))
    facts |= {
        "values": {str(v): int(n) for v, n in zip(*np.unique(raw, return_counts=True), strict=True)},
        "value3": {
            "maps": int((odd > 0).sum()),
            "dies": int(odd.sum()),
            "labels": dict(Counter(combinations[i] for i in np.flatnonzero(odd)).most_common()),
        },
        "patterns": {name: int(n) for name, n in zip(maps.pattern_names, maps.patterns.sum(0), strict=True)},
        "maps": map_facts(maps, labels),
    }
    return Loaded(maps, labels, maps.content_groups(), facts, combinations)


def draw(found: Found, loaded: Loaded) -> Figure:
    """Draw examples of each class, or of each combination of patterns; never two equal ones."""
    use_style()
    source = f"{found.data.title}{'' if found.checked else f', {found.file.name}'}"
    if loaded.combinations:
        wanted = sorted(set(loaded.combinations), key=lambda name: (name.count("+"), name))
        wanted.sort(key=lambda name: name != next(iter(found.data.classes)))
        picked = examples(loaded.items, loaded.combinations, loaded.groups, wanted, 1)
        titles = [
            "none" if "pattern" in name else "+".join(map(initials, name.split("+"))) for name in picked
        ]
        return wafer_maps.map_gallery([m for (m,) in picked.values()], titles, source=source, columns=8)
    picked = examples(loaded.items, loaded.names, loaded.groups, list(found.data.classes), 8)
    counts = Counter(loaded.names)
    rows = {f"{name}\n{counts[name]:,} here": items for name, items in picked.items()}
    return data_cards.example_rows(rows, maps="maps" in loaded.facts, source=source)


def measure(key: str, base: Path, pictures: Path) -> dict | None:
    """Measure one data set and draw its picture; None where nothing is at hand."""
    found = find(key, base)
    if found is None:
        return None
    made_by = provenance({}, [Path(__file__), ROOT / "tools" / "data_facts.py"])
    loaded = load(found)
    counts = Counter(loaded.names)
    with found.file.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    picture = pictures / f"data_{key}.png"
    part = picture.with_suffix(".part")
    draw(found, loaded).savefig(part, format="png", dpi=150, bbox_inches="tight", metadata={"Software": None})
    os.replace(part, picture)
    combinations = Counter(loaded.combinations) if loaded.combinations else None
    classes = {name: counts[name] for name in found.data.classes}
    others = {name: n for name, n in counts.items() if name not in classes}
    return {
        "at_hand": {
            "file": found.file.name,
            "size": found.file.stat().st_size,
            "sha256": digest,
            "whole": bool(found.checked),
            "checked": found.checked,
            "how": PARTS.get(digest, "how it was taken from the whole is not known"),
            "items": len(loaded.items),
        },
        "groupings": groupings(found.data, classes, combinations),
        "other_labels": others,
        "repeats": repeats(loaded.groups, loaded.combinations or loaded.names),
        **loaded.facts,
        "picture": {"file": picture.name, "sha256": hashlib.sha256(picture.read_bytes()).hexdigest()},
        "provenance": made_by,
    }


def dumps(content: dict) -> str:
    """Return JSON with lists of plain values on one line each, as a table of three numbers is no page."""
    text = json.dumps(content, indent=1, ensure_ascii=False) + "\n"
    return re.sub(r"\[\s+([^][{}]*?)\s+\]", lambda found: f"[{' '.join(found[1].split())}]", text)


def main(base: Path, keys: list[str]) -> None:
    """Measure each data set that is at hand, and write ``results/data_KEY.json`` and its picture."""
    for key in keys or list(REGISTRY):
        result = measure(key, base, ROOT / "book" / "images")
        if result is None:
            print(f"{key}: nothing in {base}")
            continue
        path = ROOT / "results" / f"data_{key}.json"
        part = path.with_suffix(".part")
        part.write_text(dumps(result), encoding="utf8")
        os.replace(part, path)
        print(f"{key}: {result['at_hand']['items']:,} items of {result['at_hand']['file']}")
