"""The prose pages name only what exists: options and their defaults, modules, terms, quotations, sources."""

from __future__ import annotations

import dataclasses
import importlib
import inspect
import pkgutil
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
BOOK = ROOT / "book"
PAPERS = ROOT / "../shared/papers"

#: Functions that pass their keywords on to the fields of a dataclass.
PASSED_ON = {"npfc": "NpfcOptions"}
SURE = {"text", "standard", "likely", "guess"}


def sections() -> dict[str, str]:
    """Return the text under each heading of the deviations page."""
    parts = re.split(r"^## (.+)$", (BOOK / "deviations.md").read_text(), flags=re.M)[1:]
    return dict(zip(parts[::2], parts[1::2], strict=True))


def rows(text: str) -> list[list[str]]:
    """Return the cells of a section's table, without its head."""
    lines = [line for line in text.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def public_modules(package: str) -> list[str]:
    """Return the names of a package's modules, private ones left out."""
    path = importlib.import_module(package).__path__
    names = [module.name for module in pkgutil.walk_packages(path, package + ".") if not module.ispkg]
    return [name for name in names if not any(part.startswith("_") for part in name.split("."))]


def find(package: str, name: str):
    """Return the function or class of that name, wherever in the package it lives."""
    for module in map(importlib.import_module, public_modules(package)):
        if hasattr(module, name):
            return getattr(module, name)
    raise AssertionError(f"{name} is in no module of {package}")


def keywords(package: str, name: str) -> dict[str, object]:
    """Return the keywords of a function or class with their defaults."""
    target = find(package, PASSED_ON.get(name, name))
    if dataclasses.is_dataclass(target):
        return {field.name: field.default for field in dataclasses.fields(target)}
    return {name: p.default for name, p in inspect.signature(target).parameters.items()}


def entries(section: str) -> list[list[str]]:
    """Return the code of each entry in the column "Option": a function, then its keywords and values."""
    cells = [row[-1] for row in rows(sections()[section])]
    found = [re.findall(r"`([^`]+)`", entry) for cell in cells for entry in cell.split(";")]
    return [entry for entry in found if entry]


def options(section: str) -> list[tuple[str, str, str]]:
    """Return (function, keyword, default or "") of each option that a section names."""
    named = [(function, code) for function, *codes in entries(section) for code in codes if code[0] != '"']
    return [(function, *code.partition("=")[::2]) for function, code in named]


PACKAGES = {"Paper 1: SEM images": "semlib.sem", "Paper 2: wafer maps": "semlib.wafer"}
OPTIONS = [(package, *option) for section, package in PACKAGES.items() for option in options(section)]


@pytest.mark.parametrize(("package", "function", "keyword", "default"), OPTIONS)
def test_each_option_exists_with_the_default_shown(package, function, keyword, default):
    known = keywords(package, function)
    assert keyword in known, f"{function} has no keyword {keyword}; it has {', '.join(known)}"
    if default:
        assert known[keyword] == eval(default, {})


@pytest.mark.parametrize(("section", "package"), PACKAGES.items())
def test_each_alternative_value_is_in_the_code(section, package):
    source = "".join(inspect.getsource(importlib.import_module(module)) for module in public_modules(package))
    values = [code for entry in entries(section) for code in entry if code[0] == '"']
    assert values
    assert [value for value in values if value not in source] == []


def test_options_were_found():
    # guards the two tests above against a changed layout, with which they would check nothing
    assert len(OPTIONS) > 30


@pytest.mark.parametrize("section", PACKAGES)
def test_each_row_is_whole_and_says_how_sure_it_is(section):
    table = rows(sections()[section])
    assert len(table) > 20
    assert [row for row in table if len(row) != 5 or not all(row) or row[3] not in SURE] == []


def plain(text: str) -> str:
    """Return a text without markup and line breaks, for comparing quotations."""
    return re.sub(r"[\s*]+", " ", re.sub(r"\\\(|\\\)|[{}]", "", text)).lower()


@pytest.mark.parametrize(("number", "paper"), [(0, "sem-ssl.txt"), (1, "npfc.txt")])
def test_quotations_are_in_the_paper(number, paper):
    if not (PAPERS / paper).exists():
        pytest.skip(f"{paper} is not in shared/papers")
    text = plain((PAPERS / paper).read_text())
    parts = list(sections().values())
    contradictions = re.split(r"^### .+$", parts[2], flags=re.M)[1:]
    page = re.sub(r"`[^`]*`", "", parts[number] + contradictions[number])
    pieces = [piece.strip() for quote in re.findall(r'"([^"]+)"', page) for piece in quote.split("…")]
    assert len(pieces) > 5
    assert [piece for piece in pieces if plain(piece).strip(" .,") not in text] == []


def test_the_reference_lists_every_public_module_once():
    pages = "".join(page.read_text() for page in BOOK.glob("api*.md"))
    listed = re.findall(r"^\.\. automodule:: (\S+)$", pages, flags=re.M)
    assert sorted(listed) == sorted(public_modules("semlib"))


def test_the_examples_import_what_exists():
    lines = re.findall(r"^from \S+ import .+$", (BOOK / "api.md").read_text(), flags=re.M)
    assert lines
    for line in lines:
        exec(line, {})


def glossary() -> dict[str, list[tuple[str, str]]]:
    """Return (term, definition) of each section of the glossary."""
    parts = re.split(r"^## (.+)$", (BOOK / "glossary.md").read_text(), flags=re.M)[1:]
    entry = re.compile(r"^(\S.*)\n  (.+)$", flags=re.M)
    return {
        title: entry.findall(text.split(":::{glossary}")[1])
        for title, text in zip(parts[::2], parts[1::2], strict=True)
    }


def test_glossary_terms_are_unique_and_in_order():
    by_section = {title: [term for term, _ in entries] for title, entries in glossary().items()}
    everything = [term.lower() for terms in by_section.values() for term in terms]
    assert len(everything) == len(set(everything)) > 80
    for terms in by_section.values():
        assert terms == sorted(terms, key=str.lower)


def test_glossary_definitions_are_short():
    long = [
        term
        for entries in glossary().values()
        for term, definition in entries
        if len(re.findall(r"[.!?](?:\s|$)", definition)) > 3
    ]
    assert long == []


def test_every_citation_of_the_pages_has_a_reference():
    keys = re.findall(r"^@\w+\{([^,\s]+),", (BOOK / "references.bib").read_text(), flags=re.M)
    assert len(keys) == len(set(keys))
    pages = [*BOOK.glob("*.md"), *(ROOT / "notebooks").glob("*.py")]
    cited = {
        key.strip()
        for page in pages
        for group in re.findall(r"\{cite(?::\w+)?\}`([^`]+)`", page.read_text())
        for key in group.split(",")
    }
    assert cited - set(keys) == set()
