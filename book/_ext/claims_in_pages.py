"""The claims ledger in the book's pages.

- A mark in the prose, with the verdict and a link to the ledger: {claim}`npfc-median-better`
- The figures of a claim, of one data set or of all: {claim-figure}`npfc-median-better | twin`
- How many claims there are: {claim-count}`npfc | contradicted`
- Directives: claims-picture (bars of one paper or both), claims-strip (one bar of a paper), claims-legend
  (what the signs mean), and claims-table (the whole ledger)
"""

from __future__ import annotations

from pathlib import Path

from claims_html import legend, mark, picture, strip, table
from docutils import nodes
from sphinx.errors import ExtensionError
from sphinx.util.docutils import SphinxDirective, SphinxRole

from semlib._claim_marks import marks, misplaced, page_of, problems_of_marks
from semlib.claims import PAPERS, SCOPES, VERDICTS, Judged, LedgerError, judge, read_ledger
from semlib.sources import stale

LEDGER = "book/claims"


class claim_html(nodes.General, nodes.Inline, nodes.Element):
    """HTML whose links become real when its page is written (docutils names nodes in small letters)."""


class ClaimRole(SphinxRole):
    """A mark in the prose: the verdict of the claim that is met here."""

    def run(self):
        claim = _known(self, self.text.strip())
        if isinstance(claim, nodes.Node):
            return [claim], []
        met = self.env.temp_data.setdefault("claims met", set())
        anchor = "" if claim.id in met else f"claim-{claim.id}"
        met.add(claim.id)
        html = mark(claim, f"{{{LEDGER}#{claim.id}}}", anchor)
        return [claim_html("", html=html, words=f"[{claim.verdict}]")], []


class FigureRole(SphinxRole):
    """The figures of a claim, of one scope or of all."""

    def run(self):
        name, _, scope = (part.strip() for part in self.text.partition("|"))
        claim = _known(self, name)
        if isinstance(claim, nodes.Node):
            return [claim], []
        found = [f for f in claim.findings if f.shown and scope in ("", f.scope)]
        if not found:
            return [_wrong(self, f"the claim {name!r} has no figures of {scope or 'any data'}")], []
        text = "; ".join(f.shown if scope else f"{f.shown} ({SCOPES[f.scope]})" for f in found)
        return [nodes.Text(text)], []


class CountRole(SphinxRole):
    """How many claims a paper has, or how many have a verdict."""

    def run(self):
        words = {word.strip() for word in self.text.split("|")} - {"all"}
        if wrong := words - {*PAPERS, *VERDICTS}:
            return [_wrong(self, f"{sorted(wrong)} is neither a paper nor a verdict")], []
        judged = self.env.app.semlib_judged
        return [nodes.Text(str(sum(words <= {c.entry["paper"], c.verdict} for c in judged)))], []


class PictureDirective(SphinxDirective):
    """Bars of verdict counts, section by section, for one paper or for both."""

    optional_arguments = 1

    def run(self):
        html = picture(self.env.app.semlib_judged, self.arguments or list(PAPERS))
        return [claim_html("", html=html, words="")]


class StripDirective(SphinxDirective):
    """One bar of a paper's verdict counts."""

    required_arguments = 1

    def run(self):
        html = strip(self.env.app.semlib_judged, self.arguments[0])
        return [claim_html("", html=html, words="")]


class LegendDirective(SphinxDirective):
    """What the signs and colours of the verdicts mean."""

    def run(self):
        return [claim_html("", html=f"<p>{legend()}</p>", words="")]


class TableDirective(SphinxDirective):
    """The ledger as a table; ``claims.js`` lets the reader filter and sort it."""

    def run(self):
        app = self.env.app
        pages = {claim.id: page_of(claim, app.semlib_marks) for claim in app.semlib_judged}
        return [claim_html("", html=table(app.semlib_judged, pages), words="")]


def _known(role: SphinxRole, name: str) -> Judged | nodes.Node:
    found = next((claim for claim in role.env.app.semlib_judged if claim.id == name), None)
    return found or _wrong(role, f"there is no claim {name!r} in claims.yml")


def _wrong(role: SphinxRole, text: str) -> nodes.Node:
    return role.inliner.reporter.error(text, line=role.lineno)


def judge_all(app) -> None:
    """Judge all claims before any page is read; a ledger that does not hold together stops the build."""
    root = Path(app.srcdir)
    try:
        app.semlib_judged = judge(read_ledger(root))
    except LedgerError as error:
        raise ExtensionError(f"claims.yml: {error}") from None
    app.semlib_marks = marks(root)
    older = stale(root, {name for claim in app.semlib_judged for name in claim.results})
    problems = problems_of_marks(app.semlib_judged, app.semlib_marks) + misplaced(root, app.semlib_judged)
    problems += [f"{name} {what}" for name, what in older.items()]
    if problems:
        raise ExtensionError("claims.yml: " + "\n".join(problems))


def write_html(writer, node) -> None:
    """Write the HTML, its links as seen from the page that is written."""
    html, here = node["html"], writer.builder.current_docname
    for link in {part.split("}")[0] for part in html.split('href="{')[1:]}:
        page, _, anchor = link.partition("#")
        target = writer.builder.get_relative_uri(here, page)
        html = html.replace(f'href="{{{link}}}"', f'href="{target}#{anchor}"')
    writer.body.append(html)
    raise nodes.SkipNode


def write_words(writer, node) -> None:
    """Write the verdict alone, where there is no HTML."""
    writer.body.append(node["words"])
    raise nodes.SkipNode


def setup(app):
    app.connect("builder-inited", judge_all)
    app.add_node(claim_html, html=(write_html, None), latex=(write_words, None))
    app.add_role("claim", ClaimRole())
    app.add_role("claim-figure", FigureRole())
    app.add_role("claim-count", CountRole())
    app.add_directive("claims-picture", PictureDirective)
    app.add_directive("claims-strip", StripDirective)
    app.add_directive("claims-legend", LegendDirective)
    app.add_directive("claims-table", TableDirective)
    app.add_js_file("claims.js", loading_method="defer")
    return {"parallel_read_safe": True, "parallel_write_safe": True}
