"""Where a claim's figures lie: in stored notebooks, result files, the paper's own numbers, or a test."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from semlib.book import glued


def figure_at(root: Path, paper_values: Mapping[str, Any], source: str, path: str) -> Any:
    """Return a figure: ``a/b/c`` in what a notebook glued, a result file, or the paper's numbers."""
    if source == "paper":
        node = paper_values
    elif source.startswith("results/"):
        node = _json(root / source)
        node = node if path.startswith("/") else node["values"]
    elif source.startswith("notebooks/"):
        node = _json(root / f"{source}.ipynb")
    else:
        raise ValueError(f"evidence comes from {source!r}; name notebooks/…, results/….json or paper")
    for step in path.strip("/").split("/"):
        node = _step(node, step, source, path)
    return node


def _step(node: Any, step: str, source: str, path: str) -> Any:
    if isinstance(node, dict) and set(node) == {"columns", "index", "data"}:
        rows = [_label(row) for row in node["index"]]
        if step not in rows:
            raise ValueError(f"{source} has no row {step!r} in {path!r}; it has {rows[:12]}")
        columns = [_label(column) for column in node["columns"]]
        return dict(zip(columns, node["data"][rows.index(step)], strict=True))
    if isinstance(node, dict) and step in node:
        return node[step]
    if isinstance(node, list) and re.fullmatch(r"-?\d+", step):
        return node[int(step)]
    has = list(node)[:12] if isinstance(node, dict) else type(node).__name__
    raise ValueError(f"{source} has no {path!r}: {step!r} is not in {has}")


def _label(name: Any) -> str:
    return ",".join(map(str, name)) if isinstance(name, list) else str(name)


def _json(path: Path) -> Any:
    if not path.exists():
        raise ValueError(f"{path.parent.name}/{path.name} is not there; `make notebooks` makes notebooks")
    return _read(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=128)
def _read(path: Path, _changed: int) -> Any:
    content = json.loads(path.read_text(encoding="utf8"))
    return glued(content["cells"]) if path.suffix == ".ipynb" else content


def check_test(root: Path, test: str) -> None:
    file, _, name = test.partition("::")
    path = root / file
    if not path.exists() or not re.search(
        rf"^\s*def {re.escape(name)}\(", path.read_text(encoding="utf8"), re.M
    ):
        raise ValueError(f"the test {test!r} is not there")
