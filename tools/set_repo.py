"""Point every link of the project at its home on GitHub.

    python tools/set_repo.py you/semlib [--book URL] [--tag v1.2.3]

The home stands in pyproject.toml. From there it goes into the Colab badge and cell of each notebook, the
book's buttons, the README, the citation and the package's metadata. Without a name, they are made anew.
The notebooks' outputs stay as they are: a cell's text changes, and with it its id.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import address
import nb_stored

ROOT = Path(__file__).resolve().parents[1]


def changes(root: Path, old: address.Address, new: address.Address) -> dict[Path, str]:
    """Return the files whose text differs from what the address makes of them, with their new text."""
    found = {}
    for path in sorted({path for pattern in address.FILES for path in root.glob(pattern)}):
        text = path.read_text(encoding="utf8")
        found[path] = address.rewritten(path.relative_to(root).as_posix(), text, old, new)
    for path in sorted((root / "notebooks").glob("*.py")):
        text = address.rewritten("", path.read_text(encoding="utf8"), old, new)
        found[path] = address.with_badge(path.stem, text, new, comment="# ")
    for path in sorted((root / "notebooks").glob("*.ipynb")):
        found[path] = _stored(path, old, new)
    return {path: text for path, text in found.items() if text != path.read_text(encoding="utf8")}


def _stored(path: Path, old: address.Address, new: address.Address) -> str:
    """Return a stored notebook with the addresses in its cells, and those cells' ids, made anew."""
    import nbformat

    book = nbformat.read(path, as_version=4)
    before = [cell.source for cell in book.cells]
    for cell in book.cells:
        cell.source = address.rewritten("", cell.source, old, new)
    if book.cells and book.cells[0].cell_type == "markdown":
        book.cells[0].source = address.with_badge(path.stem, book.cells[0].source, new)
    if before == [cell.source for cell in book.cells]:
        return path.read_text(encoding="utf8")
    nb_stored.name_cells(book)
    return nbformat.writes(book) + "\n"


def set_address(root: Path, new: address.Address) -> list[str]:
    """Write the address everywhere; return the changed files."""
    found = changes(root, address.read(root), new)
    # pyproject last: it says what the others held before, should this be interrupted
    for path in sorted(found, key=lambda path: path.name == "pyproject.toml"):
        path.write_text(found[path], encoding="utf8")
    return [path.relative_to(root).as_posix() for path in found]


def moved(old: address.Address, name: str | None, book: str | None, tag: str | None) -> address.Address:
    """Return the address after a change of its parts; the book moves with the repository on GitHub Pages."""
    new = replace(old, repository=name or old.repository, version=(tag or old.tag).removeprefix("v"))
    if book:
        return replace(new, book=book.rstrip("/") + "/")
    if old.book == address.default_book(old.repository):
        return replace(new, book=address.default_book(new.repository))
    return new


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("name", nargs="?", metavar="owner/name")
    parser.add_argument("--book", help="where the rendered book stands; by default on GitHub Pages")
    parser.add_argument("--tag", help="the release, v1.2.3")
    args = parser.parse_args()
    try:
        new = moved(address.read(ROOT), args.name, args.book, args.tag)
    except ValueError as error:
        parser.error(str(error))
    for name in set_address(ROOT, new):
        print(name)
    return subprocess.run([sys.executable, str(ROOT / "tools" / "nb.py"), "check"], check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
