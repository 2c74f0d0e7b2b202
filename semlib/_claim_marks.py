"""Where the book's pages speak of a claim: marks such as {claim}`npfc-median-better` in their prose."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from semlib.claims import CAVEAT, CONTRADICTED, NOT_TESTABLE, REPRODUCED, Judged

_MARK = re.compile(r"\{claim\}`([^`<>]+)`")
#: The headings of the pages in plain words, and the verdicts that may stand below each.
HEADINGS = {
    "What holds": {REPRODUCED, CAVEAT},
    "What holds in part": {CAVEAT},
    "What does not hold": {CONTRADICTED},
    "What nobody can know from here": {NOT_TESTABLE},
}


def marks(root: str | Path) -> dict[str, list[str]]:
    """Return for each claim the pages with its mark, notebooks first: ``notebooks/23_filtering_compared``."""
    root = Path(root)
    found: dict[str, list[str]] = {}
    for path in [*sorted(root.glob("notebooks/*.py")), *sorted(root.glob("book/*.md"))]:
        page = path.relative_to(root).with_suffix("").as_posix()
        for name in dict.fromkeys(_MARK.findall(path.read_text(encoding="utf8"))):
            found.setdefault(name, []).append(page)
    return found


def page_of(claim: Judged, marked: Mapping[str, list[str]]) -> str | None:
    """Return the page that shows a claim's figures: the one that it names, else the first with its mark."""
    pages = marked.get(claim.id, [])
    return claim.entry["mark"] if claim.entry.get("mark") in pages else next(iter(pages), None)


def problems_of_marks(judged: list[Judged], marked: Mapping[str, list[str]]) -> list[str]:
    """Return what is wrong: marks of no claim, and claims with figures of a notebook that no page marks."""
    known = {claim.id for claim in judged}
    problems = [
        f"{', '.join(pages)}: the mark {name!r} is no claim of claims.yml"
        for name, pages in marked.items()
        if name not in known
    ]
    for claim in judged:
        wanted = claim.entry.get("mark")
        if wanted and wanted not in marked.get(claim.id, []):
            problems.append(f"{claim.id}: {wanted} lacks its mark, {{claim}}`{claim.id}`")
        shown = any(finding.source.startswith(("notebooks/", "results/")) for finding in claim.findings)
        if shown and claim.id not in marked:
            problems.append(f"{claim.id}: no page has its mark, {{claim}}`{claim.id}`")
    return problems


def misplaced(root: str | Path, judged: list[Judged]) -> list[str]:
    """Return the marks below a heading of the pages in plain words that does not fit their verdict."""
    verdicts = {claim.id: claim.verdict for claim in judged}
    found = []
    for path in sorted(Path(root).glob("book/*-in-short.md")):
        for part in re.split(r"^## ", path.read_text(encoding="utf8"), flags=re.M)[1:]:
            heading = part.partition("\n")[0].strip()
            where = f"stands below {heading!r} in book/{path.name}; move its sentence"
            found += [
                f"{name} is {verdicts[name]} and {where}"
                for name in _MARK.findall(part)
                if name in verdicts and verdicts[name] not in HEADINGS.get(heading, {verdicts[name]})
            ]
    return found
