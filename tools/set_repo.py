"""Point every link of the project at its home on GitHub: ``python tools/set_repo.py you/semlib``.

The home stands in the Colab cell of each notebook, the book's buttons, the README and the package's metadata.
The notebooks' outputs stay as they are: the cell's text changes, and with it its id.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import nb as notebooks

ROOT = Path(__file__).resolve().parents[1]
FILES = ("pyproject.toml", "_config.yml", "README.md", "CITATION.cff", "book/*.md", "notebooks/*.py")
_PYPROJECT = re.compile(r'^Repository = "https://github\.com/([^"]+)"$', re.M)


def main(new: str) -> int:
    if not re.fullmatch(r"[\w.-]+/[\w.-]+", new):
        print(f"{new!r} is not of the form owner/name", file=sys.stderr)
        return 2
    old = _PYPROJECT.search((ROOT / "pyproject.toml").read_text())[1]
    for path in (p for pattern in FILES for p in sorted(ROOT.glob(pattern))):
        text = path.read_text(encoding="utf8")
        changed = re.sub(rf"(github\.com|/github)/{re.escape(old)}\b", rf"\1/{new}", text)
        if changed != text:
            path.write_text(changed, encoding="utf8")
            print(path.relative_to(ROOT))
    for py in sorted(notebooks.NOTEBOOKS.glob("*.py")):
        _copy_cells(py)
    return subprocess.run([sys.executable, str(ROOT / "tools" / "nb.py"), "check"], check=False).returncode


def _copy_cells(py: Path) -> None:
    """Bring the changed text of a notebook's cells, and their ids, into its .ipynb."""
    import nbformat

    path = py.with_suffix(".ipynb")
    have, want = nbformat.read(path, as_version=4), notebooks.load(py)
    for old, new in zip(have.cells, want.cells, strict=True):
        old.id, old.source = new.id, new.source
    nbformat.write(have, path)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: make repo NAME=owner/name")
    sys.exit(main(sys.argv[1]))
