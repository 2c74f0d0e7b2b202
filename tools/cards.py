"""Make the data cards of the book.

    python tools/cards.py measure [--data DIR] [KEY ...]  what is at hand -> results/data_KEY.json, a picture
    python tools/cards.py write                           registry and results -> book/data/
    python tools/cards.py check                           are the pages and pictures in step with them?

DIR holds a folder for each data set, as ``$SEMLIB_DATA`` does, which is the default.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import sys
from pathlib import Path

from card_measured import table
from card_page import badge_word, card, unit
from croissant import croissant

from semlib.registry import REGISTRY

ROOT = Path(__file__).resolve().parents[1]


def results(root: Path) -> dict[str, dict | None]:
    """Return what was measured of each data set; None where nothing was."""
    paths = {key: root / "results" / f"data_{key}.json" for key in REGISTRY}
    return {
        key: json.loads(path.read_text(encoding="utf8")) if path.exists() else None
        for key, path in paths.items()
    }


def pages(measured: dict[str, dict | None]) -> dict[str, str]:
    """Return the content of each file in ``book/data``, by its name."""
    made = {}
    for key, data in REGISTRY.items():
        try:
            made[f"{key}.md"] = card(data, measured[key])
            described = croissant(data, measured[key])
        except KeyError as error:
            raise SystemExit(
                f"results/data_{key}.json lacks {error}; run: python tools/cards.py measure {key}"
            ) from error
        made[f"{key}.croissant.json"] = json.dumps(described, indent=1, ensure_ascii=False) + "\n"
    return made | {"index.md": index(measured)}


def index(measured: dict[str, dict | None]) -> str:
    """Return the page that shows all data sets side by side."""
    rows = []
    for key, data in REGISTRY.items():
        checked = {"SHA-256" if f.sha256 else "MD5" if f.md5 else "size only" for f in data.files}
        row = [
            f"{{doc}}`{data.title} <{key}>`",
            f"{data.count:,} {unit(data)}",
            data.counted_by or f"{len(data.classes)} classes",
            data.licence.partition(":")[0] or "not known",
            ", ".join(sorted(checked)),
            badge_word(measured[key]),
        ]
        rows.append([row[0], *(cell.replace(" ", "\N{NO-BREAK SPACE}") for cell in row[1:4]), *row[4:]])
    head = ["Data set", "Holds", "Counted by", "Licence", "Checked by", "Measured here"]
    return (
        "% Made by `tools/cards.py write`; do not edit.\n\n# The four data sets\n\n"
        "A {term}`data card` says what is really in a data set: what its publishers and others report, "
        "beside what we measured on the bytes at hand. Where we saw it ourselves, it is marked "
        "{bdg-success}`seen`, else {bdg-light}`reported`.\n\n"
        f"{table(rows, head, 'data-table words')}\n\n"
        "The cards are made by a program from the registry of the library and from the measurements in "
        "`results/`. With the data in `$SEMLIB_DATA`, `python tools/cards.py measure` measures them anew and "
        "writes the cards.\n"
    )


def write(root: Path) -> None:
    """Write all pages and Croissant files, each whole or not at all."""
    folder = root / "book" / "data"
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in pages(results(root)).items():
        part = folder / f"{name}.part"
        part.write_text(text, encoding="utf8")
        os.replace(part, folder / name)


def check(root: Path) -> list[str]:
    """Return what is out of step, a line each."""
    measured, problems = results(root), []
    for name, text in pages(measured).items():
        path = root / "book" / "data" / name
        if not path.exists() or path.read_text(encoding="utf8") != text:
            problems.append(f"book/data/{name}: is not what is made from the registry and results/")
    for key, found in measured.items():
        if found is None:
            continue
        picture = root / "book" / "images" / found["picture"]["file"]
        if (
            not picture.exists()
            or hashlib.sha256(picture.read_bytes()).hexdigest() != found["picture"]["sha256"]
        ):
            problems.append(f"book/images/{picture.name}: is not the picture of results/data_{key}.json")
    known = {*pages(measured)}
    strangers = [path.name for path in sorted((root / "book" / "data").iterdir()) if path.name not in known]
    return problems + [f"book/data/{name}: nothing makes it" for name in strangers]


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    sub = parser.add_subparsers(dest="command", required=True)
    measuring = sub.add_parser("measure")
    measuring.add_argument("keys", nargs="*", metavar="KEY", help=", ".join(REGISTRY))
    measuring.add_argument("--data", type=Path)
    sub.add_parser("write")
    sub.add_parser("check")
    args = parser.parse_args()
    if args.command == "check":
        problems = check(ROOT)
        print("\n".join(problems) or f"{len(REGISTRY)} data cards are in step")
        if problems:
            print("Run: python tools/cards.py write (pictures: python tools/cards.py measure)")
        return bool(problems)
    if args.command == "measure":
        import measure_data

        from semlib.download import data_dir

        if unknown := set(args.keys) - set(REGISTRY):
            parser.error(f"no data set is called {', '.join(sorted(unknown))}; known: {', '.join(REGISTRY)}")
        base = args.data or data_dir()
        if not base.is_dir():
            parser.error(f"{base} is no folder; pass --data DIR, or set SEMLIB_DATA")
        try:
            measure_data.main(base, args.keys)
        except (ValueError, OSError) as error:  # the message names the file and the remedy
            print(error, file=sys.stderr)
            return 1
    write(ROOT)
    return 0


if __name__ == "__main__":
    sys.exit(main())
