"""Which code makes a recorded result: the definitions that it reaches, without comments and docstrings.

A record keeps one hash of that code. When the hash of today differs, the record is older than its code.
"""

from __future__ import annotations

import ast
import hashlib
import io
import json
import re
import tokenize
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

#: They draw what others computed, bring bytes whose hash is verified, or write down who made what.
_NO_EFFECT = ("semlib.plots", "semlib.download", "semlib._download", "semlib.unpack", "nb", "report")

#: What a notebook installs on Colab. It changes with the home and with each release; no result does.
_INSTALLED = re.compile(r"(semlib @ git\+https://github\.com/)[^\"'\s]+")


def code_hash_of(entries: Iterable[str | Path], root: str | Path) -> str:
    """Return a short SHA-256 of all code that scripts or notebooks reach, see `reached`."""
    digest = hashlib.sha256()
    for place, text in reached(entries, root):
        digest.update(f"{place}\0{text}\0".encode())
    return digest.hexdigest()[:16]


def reached(entries: Iterable[str | Path], root: str | Path) -> list[tuple[str, str]]:
    """Return the code that scripts or notebooks reach, statement by statement.

    Parameters
    ----------
    entries : iterable of str or Path
        ``notebooks/23_filtering_compared.py``, say; relative to the root.
    root : str or Path
        The repository.

    Returns
    -------
    list of (str, str)
        ``file:name`` and the bare code of that definition, file by file in the order of the lines. An entry
        counts whole. Of a module of semlib, or one beside the entry, count the definitions whose names the
        others mention, imports inside functions included; plots and downloads do not count.
        What is looked up by a text alone (``getattr``) is not seen.
    """
    root = Path(root)
    found: dict[tuple[str, int], tuple[str, str]] = {}
    todo: list[tuple[Path, str | None]] = [(root / entry, None) for entry in entries]
    seen = set(todo)
    while todo:
        path, name = todo.pop()
        module = _module(path, path.stat().st_mtime_ns)
        file = path.relative_to(root).as_posix()
        for statement in module.statements:
            if name is not None and statement.binds and name not in statement.binds:
                continue
            if statement.code:
                words = ",".join(sorted(statement.binds)) or "(statement)"
                found[file, statement.line] = f"{file}:{words}", statement.code
            for use in _uses(statement, module, path, root):
                if use not in seen:
                    seen.add(use)
                    todo.append(use)
    return [found[place] for place in sorted(found)]


@dataclass(frozen=True)
class _Statement:
    line: int
    binds: frozenset[str]
    code: str  # "" for an import
    names: frozenset[str]
    attributes: frozenset[tuple[str, str]]  # of names: a.b
    imports: tuple[tuple[str, str, str | None], ...]  # local name, module, name in it or None


@dataclass(frozen=True)
class _Module:
    statements: tuple[_Statement, ...]

    def imports(self) -> Iterator[tuple[str, str, str | None]]:
        for statement in self.statements:
            yield from statement.imports

    def bound(self) -> set[str]:
        return {name for statement in self.statements for name in statement.binds}


@lru_cache(maxsize=1024)
def _module(path: Path, _changed: int) -> _Module:
    text = path.read_text(encoding="utf8")
    tree = ast.parse(text)
    bare = _bare(text, tree).splitlines()
    statements = []
    for node in tree.body:
        first = min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", []))])
        code = "\n".join(line.rstrip() for line in bare[first - 1 : node.end_lineno] if line.strip())
        is_import = isinstance(node, ast.Import | ast.ImportFrom)
        parts = list(ast.walk(node))
        statements.append(
            _Statement(
                line=first,
                binds=frozenset(_bound_by(node)),
                code="" if is_import else code,
                names=frozenset(part.id for part in parts if isinstance(part, ast.Name)),
                attributes=frozenset(
                    (part.value.id, part.attr)
                    for part in parts
                    if isinstance(part, ast.Attribute) and isinstance(part.value, ast.Name)
                ),
                imports=tuple(name for part in parts for name in _imported(part)),
            )
        )
    return _Module(tuple(statement for statement in statements if statement.code or statement.imports))


def _bound_by(node: ast.stmt) -> Iterator[str]:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        yield node.name
        return
    for part in ast.walk(node):
        if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store):
            yield part.id
        elif isinstance(part, ast.FunctionDef | ast.ClassDef):
            yield part.name
        yield from (local for local, _, _ in _imported(part))


def _imported(node: ast.AST) -> Iterator[tuple[str, str, str | None]]:
    if isinstance(node, ast.Import):
        for alias in node.names:
            yield alias.asname or alias.name.split(".")[0], alias.name, None
    elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
        for alias in node.names:
            yield alias.asname or alias.name, node.module, alias.name


def _uses(
    statement: _Statement, module: _Module, path: Path, root: Path
) -> Iterator[tuple[Path, str | None]]:
    """Return the definitions that a statement mentions: (file, name), or (file, None) for a whole file."""
    if not statement.code:  # an import alone: what is taken from it is mentioned elsewhere
        return
    for name in statement.names & module.bound():
        yield path, name
    for local, target, name in {*module.imports(), *statement.imports}:
        if local not in statement.names and (local, target, name) not in statement.imports:
            continue
        whole = target if name is None else f"{target}.{name}"
        if f"{whole}.".startswith(tuple(f"{module}." for module in _NO_EFFECT)):
            continue
        if file := _file_of(whole, path, root):  # a module: what is taken from it stands behind a dot
            parts = {attribute for of, attribute in statement.attributes if of == local}
            yield from ((file, part) for part in parts or {None})
        elif name is not None and (file := _file_of(target, path, root)):
            yield file, name


def _file_of(module: str, path: Path, root: Path) -> Path | None:
    folders = [root] if module.split(".")[0] == "semlib" else [path.parent, root / "tools"]
    for folder in folders:
        for end in (".py", "/__init__.py"):
            file = folder / (module.replace(".", "/") + end)
            if file.is_file() and (file.name != "__init__.py" or file.stat().st_size):
                return file
    return None


def _bare(text: str, tree: ast.Module) -> str:
    """Return code without comments and texts that stand alone, its lines in their places.

    From the text and not from the syntax tree, whose form differs between versions of Python.
    """
    lines = _INSTALLED.sub(r"\g<1>OWNER/semlib@v0.1.0", text).splitlines()
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Expr)
            and isinstance(node.value, ast.Constant)
            and isinstance(node.value.value, str)
        ):
            lines[node.lineno - 1 : node.end_lineno] = [""] * (node.end_lineno - node.lineno + 1)
    kept = list(lines)
    for token in tokenize.generate_tokens(io.StringIO("\n".join(lines) + "\n").readline):
        if token.type == tokenize.COMMENT:
            row, column = token.start
            kept[row - 1] = kept[row - 1][:column]
    return "\n".join(kept)


def stale(root: str | Path, records: Iterable[str]) -> dict[str, str]:
    """Return the records that are older than the code that makes them, each with what to do.

    A record's ``provenance`` names what made it and the hash of the code reached then. Where other code is
    known to give the same, ``results/still_good.json`` says so, for one hash and with a reason.

    Parameters
    ----------
    root : str or Path
        The repository.
    records : iterable of str
        ``results/NAME.json``.
    """
    root = Path(root)
    path = root / "results" / "still_good.json"
    still_good = json.loads(path.read_text(encoding="utf8")) if path.exists() else {}
    found = {}
    for name in sorted(set(records)):
        made = json.loads((root / name).read_text(encoding="utf8")).get("provenance", {})
        entries = made.get("made_by")
        if not entries or "made_by_code" not in made:
            found[name] = "does not say which code made it; record it again"
        elif gone := [entry for entry in entries if not (root / entry).exists()]:
            found[name] = f"was made by {', '.join(gone)}, which is not there any more"
        elif code_hash_of(entries, root) not in (
            made["made_by_code"],
            still_good.get(name, {}).get("code"),
        ):
            found[name] = (
                f"is older than the code of {', '.join(entries)}; record it again, or if the results are "
                f'known to be the same: python tools/claims.py renew {name} "why"'
            )
    return found
