"""The source of what makes a result: part of the keys under which results are kept."""

from __future__ import annotations

import ast
import importlib
import sys
from functools import cache
from pathlib import Path


@cache
def sources_of(module: str) -> bytes:
    """Return the source of a module of semlib, and of the modules of semlib that it imports, in turn."""
    importlib.import_module(module)
    sources: dict[str, str] = {}
    todo = [module]
    while todo:
        name = todo.pop()
        if name in sources or name not in sys.modules:  # an imported name may be no module
            continue
        sources[name] = Path(sys.modules[name].__file__).read_text(encoding="utf-8")
        for node in ast.walk(ast.parse(sources[name])):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("semlib"):
                todo += [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    return "".join(sources[name] for name in sorted(sources)).encode()
