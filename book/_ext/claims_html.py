"""The claims ledger as HTML: verdicts as badges, bars of counts, and the table that claims.js filters.

Links are written ``{page#anchor}``, since only the page that is written knows the way.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from html import escape

from semlib.claims import KINDS, PAPERS, SCOPES, VERDICTS, Judged

SHORT = dict(zip(VERDICTS, ("reproduced", "caveat", "contradicted", "untestable"), strict=True))
SIGN = dict(zip(VERDICTS, ("✓", "≈", "✗", "?"), strict=True))
COLUMNS = ("Where", "The claim", "The paper", "What came out", "Verdict")


def badge(claim: Judged) -> str:
    """Return a verdict as a small coloured word, with a sign for those who see no colours."""
    return (
        f'<span class="claim-badge claim-{SHORT[claim.verdict]}">{SIGN[claim.verdict]} {claim.verdict}</span>'
    )


def mark(claim: Judged, href: str, anchor: str) -> str:
    """Return what stands in the prose where a claim is met: its verdict and its name, a link to the ledger.

    ``anchor`` is where the ledger leads back to; "" where that is another mark of the page.
    """
    place = f' id="{anchor}"' if anchor else ""
    title = escape(" ".join([claim.entry["claim"], *claim.why]), quote=True)
    name = escape(claim.id.partition("-")[2].replace("-", " "))
    return (
        f'<a class="claim-badge claim-{SHORT[claim.verdict]}"{place} href="{href}" title="{title}">'
        f'{SIGN[claim.verdict]} {claim.verdict} <span class="claim-name">· {name}</span></a>'
    )


def picture(judged: list[Judged], papers: list[str]) -> str:
    """Return bars of the verdict counts, section by section."""
    names = ", ".join(PAPERS[paper] for paper in papers)
    bars = "".join(_bars(PAPERS[p], [c for c in judged if c.entry["paper"] == p]) for p in papers)
    return f'<div class="claim-picture" role="group" aria-label="Verdicts by section: {names}">{bars}</div>'


def strip(judged: list[Judged], paper: str) -> str:
    """Return one bar with the verdict counts of a paper."""
    claims = [claim for claim in judged if claim.entry["paper"] == paper]
    return (
        f'<div class="claim-picture claim-strip" role="group" aria-label="Verdicts: {PAPERS[paper]}">'
        f"{_bar(f'{len(claims)} claims', claims, len(claims))}</div>"
    )


def legend() -> str:
    """Return what the signs and colours of the verdicts mean."""
    return " ".join(
        f'<span class="claim-badge claim-{SHORT[word]}">{SIGN[word]} {word}</span>' for word in VERDICTS
    )


def _bars(title: str, claims: list[Judged]) -> str:
    sections: dict[str, list[Judged]] = {}
    for claim in claims:
        sections.setdefault(claim.entry["section"].split(",")[0], []).append(claim)
    most = max(map(len, sections.values()), default=1)
    lines = [_bar("all sections", claims, len(claims))]
    lines += [_bar(name, members, most) for name, members in sections.items()]
    return f'<p class="claim-title">{escape(title)}</p><p>{legend()}</p>{"".join(lines)}'


def _bar(name: str, claims: list[Judged], scale: int) -> str:
    counts = Counter(claim.verdict for claim in claims)
    parts = "".join(
        f'<span class="claim-bar claim-{SHORT[word]}" style="width:{100 * counts[word] / scale:.2f}%" '
        f'title="{counts[word]} {word}">{SIGN[word]} {counts[word]}</span>'
        for word in VERDICTS
        if counts[word]
    )
    return (
        f'<div class="claim-row"><span class="claim-label">{escape(name)}</span>'
        f'<span class="claim-bars">{parts}</span></div>'
    )


def table(judged: list[Judged], pages: Mapping[str, str | None]) -> str:
    """Return the table of all claims, with its controls."""
    head = "".join(f'<th scope="col">{name}</th>' for name in COLUMNS)
    body = "".join(_row(claim, pages[claim.id]) for claim in judged)
    inner = f'<table class="claims-table table"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'
    return f'{_controls(judged)}<div class="claims-scroll full-width">{inner}</div>'


def _controls(judged: list[Judged]) -> str:
    def choice(name: str, label: str, options: Mapping[str, str]) -> str:
        inner = "".join(
            f'<option value="{escape(value, quote=True)}">{escape(shown)}</option>'
            for value, shown in options.items()
        )
        first = '<option value="">all</option>'
        return f'<label>{label} <select data-column="{name}">{first}{inner}</select></label>'

    sections = {_section(claim): f"{_number(claim)}: {claim.entry['section']}" for claim in judged}
    parts = [
        choice("paper", "Paper", PAPERS),
        choice("verdict", "Verdict", {word: word for word in VERDICTS}),
        choice("section", "Section", sections),
        choice("kind", "Kind", {kind: kind for kind in KINDS}),
        '<label>Words <input type="search" data-column="words" placeholder="silhouette, noise, …"></label>',
    ]
    return f'<form class="claims-controls" hidden>{"".join(parts)}<output></output></form>'


def _section(claim: Judged) -> str:
    return f"{claim.entry['paper']} {claim.entry['section']}"


def _number(claim: Judged) -> int:
    return list(PAPERS).index(claim.entry["paper"]) + 1


def _row(claim: Judged, page: str | None) -> str:
    entry = claim.entry
    section = f"section {entry['section']}" if entry["section"][0].isdigit() else entry["section"]
    where = ", ".join([f"Paper {_number(claim)}", section, *filter(None, [entry.get("place")])])
    several = len(claim.findings) > 1
    found = "".join(
        f"<li>{escape(finding.shown or 'a test that CI runs')} "
        f"<small>{_holds(finding.holds) if several else ''} {escape(SCOPES[finding.scope])}</small></li>"
        for finding in claim.findings
    )
    why = "".join(f"<li>{escape(text)}</li>" for text in claim.why)
    link = f'<a href="{{{page}#claim-{claim.id}}}">to the cell</a>' if page else ""
    data = {
        "paper": entry["paper"],
        "verdict": claim.verdict,
        "kind": entry["kind"],
        "section": _section(claim),
        "order": VERDICTS.index(claim.verdict),
    }
    attributes = " ".join(f'data-{name}="{escape(str(value), quote=True)}"' for name, value in data.items())
    return (
        f'<tr id="{claim.id}" {attributes}><td>{escape(where)}</td>'
        f"<td>{escape(entry['claim'])} <small>({entry['kind']})</small></td>"
        f"<td>{escape(_plain(entry.get('value', '–')))}</td>"
        f"<td><ul>{found}</ul>{_details(claim)} {link}</td>"
        f'<td>{badge(claim)}<ul class="claim-why">{why}</ul></td></tr>'
    )


def _plain(value: object) -> str:
    return f"{value:,}" if isinstance(value, int) else str(value)


def _holds(holds: bool | None) -> str:
    return "" if holds is None else SIGN[VERDICTS[0]] if holds else SIGN[VERDICTS[2]]


def _details(claim: Judged) -> str:
    entry = claim.entry
    lines = {"How it is tested": entry.get("how"), "Comes out again": entry.get("class")}
    if tolerance := entry.get("tolerance"):
        lines["Tolerance"] = f"{tolerance['within']}, since {tolerance['why']}"
    lines = {name: escape(str(text)) for name, text in lines.items() if text}
    if entry.get("holds"):
        lines["It holds if"] = f"<code>{escape(str(entry['holds']))}</code>"
    if claim.findings:
        sources = ", ".join(dict.fromkeys(finding.source for finding in claim.findings))
        lines["From"] = f"<code>{escape(sources)}</code>"
    inner = "".join(f"<p>{name}: {text}</p>" for name, text in lines.items())
    return f"<details><summary>how</summary>{inner}</details>" if inner else ""
