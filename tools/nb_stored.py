"""The stored notebooks: what they hold, whether they are in step with their sources, and their pictures."""

from __future__ import annotations

import base64
import hashlib
import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOKS = ROOT / "notebooks"

#: Figures of notebooks that the home page and the README show: file in book/images, notebook, figure's name.
PICTURES = {
    "paper1.png": ("14_explorer", "fig-mosaic"),
    "paper2.png": ("34_map_explorer", "fig-wafers"),
}
KEPT_METADATA = ("tags", "mystnb")
KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}


def all_names() -> list[str]:
    """Return the notebooks' names, in order."""
    return sorted(py.stem for py in NOTEBOOKS.glob("*.py"))


def load(py: Path):
    """Read a .py notebook; cell ids depend on nothing but the cells' text."""
    import jupytext

    nb = jupytext.read(py)
    name_cells(nb)
    nb.metadata = {"kernelspec": KERNEL, "language_info": {"name": "python"}}
    nb.nbformat, nb.nbformat_minor = 4, 5
    return nb


def name_cells(nb) -> None:
    """Give each cell an id made from its text."""
    seen: dict[str, int] = {}
    for cell in nb.cells:
        digest = hashlib.sha256(f"{cell.cell_type}\n{cell.source}".encode()).hexdigest()[:8]
        count = seen[digest] = seen.get(digest, -1) + 1
        cell["id"] = f"{digest}-{count}" if count else digest


def scrub(nb):
    """Drop what differs from run to run, and merge split streams as nbval does."""
    nb.metadata = {"kernelspec": KERNEL, "language_info": {"name": "python", "pygments_lexer": "ipython3"}}
    for cell in nb.cells:
        cell.metadata = {k: cell.metadata[k] for k in KEPT_METADATA if cell.metadata.get(k)}
        if cell.cell_type != "code":
            continue
        merged, streams = [], {}
        for output in cell.outputs:
            if output.output_type == "stream" and output.name in streams:
                streams[output.name].text += output.text
                continue
            if output.output_type == "stream":
                streams[output.name] = output
            merged.append(output)
        cell.outputs = merged
    return nb


def words(names: list[str]) -> list[str]:
    """Put the prose and the captions of the .py into stored notebooks; return those whose code has changed.

    The outputs stay: they are of the same code, in the same order.
    """
    import nbformat

    changed = []
    for name in names or all_names():
        path = NOTEBOOKS / f"{name}.ipynb"
        if not path.exists():
            raise SystemExit(f"no {name}.ipynb; see notebooks/, or run `tools/nb.py run {name}` first")
        want, have = load(NOTEBOOKS / f"{name}.py"), nbformat.read(path, as_version=4)
        code = [[c for c in nb.cells if c.cell_type == "code"] for nb in (want, have)]
        if [c.source for c in code[0]] != [c.source for c in code[1]]:
            changed.append(name)
            continue
        for new, old in zip(*code, strict=True):
            new.outputs, new.execution_count = old.outputs, old.execution_count
        part = path.with_suffix(".part")
        nbformat.write(scrub(want), part)
        os.replace(part, path)
    return changed


def picture(notebook: str, figure: str) -> bytes:
    """Return the PNG of a notebook's named figure."""
    import nbformat

    for cell in nbformat.read(NOTEBOOKS / f"{notebook}.ipynb", as_version=4).cells:
        if cell.metadata.get("mystnb", {}).get("figure", {}).get("name") == figure:
            pictures = [o.data["image/png"] for o in cell.outputs if "image/png" in o.get("data", {})]
            return base64.b64decode(pictures[0])
    raise SystemExit(f"notebooks/{notebook}.ipynb has no figure {figure!r}; see PICTURES in tools/nb.py")


def copy_pictures() -> None:
    """Write the pictures of the home page and the README."""
    for name, where in PICTURES.items():
        (ROOT / "book" / "images").mkdir(exist_ok=True)
        (ROOT / "book" / "images" / name).write_bytes(picture(*where))


def check() -> list[str]:
    """Return what is wrong with the stored notebooks, a line each."""
    import nbformat

    problems = []
    sources, stored = ({p.stem for p in NOTEBOOKS.glob(f"*.{ext}")} for ext in ("py", "ipynb"))
    problems += [f"{name}.ipynb: missing; run `make notebooks`" for name in sorted(sources - stored)]
    problems += [f"{name}.ipynb: has no .py source" for name in sorted(stored - sources)]
    for name in sorted(sources & stored):
        have = nbformat.read(NOTEBOOKS / f"{name}.ipynb", as_version=4)
        want = load(NOTEBOOKS / f"{name}.py")
        problems += [f"{name}.ipynb: {text}" for text in _differences(want, have)]
    for name, where in PICTURES.items():
        path = ROOT / "book" / "images" / name
        if not path.exists() or path.read_bytes() != picture(*where):
            problems.append(f"book/images/{name}: is not the figure of {where[0]}; run `make notebooks`")
    return problems


def _differences(want, have) -> list[str]:
    def cells(nb):
        return [
            (c.id, c.cell_type, c.source, [c.metadata.get(k) or None for k in KEPT_METADATA])
            for c in nb.cells
        ]

    problems = []
    if cells(want) != cells(have):
        problems.append("its cells differ from the .py; run `tools/nb.py words`, or `run` if code changed")
    code = [c for c in have.cells if c.cell_type == "code"]
    if [c.execution_count for c in code] != list(range(1, len(code) + 1)):
        problems.append("was not executed from top to bottom")
    tagged = [c for c in code if "parameters" in c.metadata.get("tags", [])]
    if len(tagged) != 1:
        problems.append(f"has {len(tagged)} cells tagged 'parameters', not one")
    outputs = [o for c in code for o in c.outputs]
    if not any("image/png" in o.get("data", {}) for o in outputs):
        problems.append("has no figure among its outputs")
    for output in outputs:
        if output.output_type == "error" or (output.output_type == "stream" and output.name == "stderr"):
            problems.append(f"holds an error or a warning: {str(output)[:200]}")
    return problems
