"""The claims ledger: every checkable statement of both papers, and whether it comes out.

``claims.yml`` says what is claimed and how it is tested; stored notebooks and ``results/`` hold the figures.
Verdicts are computed here from both, never typed.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from semlib._claim_figures import check_test, figure_at
from semlib._expressions import evaluate, fields_of, fill, names_in

REPRODUCED, CAVEAT = "reproduced", "reproduced with a caveat"
CONTRADICTED, NOT_TESTABLE = "contradicted", "not testable"
VERDICTS = (REPRODUCED, CAVEAT, CONTRADICTED, NOT_TESTABLE)
KINDS = ("data fact", "method", "number", "comparison", "interpretation", "complexity")
PAPERS = {"sem": "Paper 1: SEM images", "npfc": "Paper 2: wafer maps"}
#: What decides: any data, the papers' own data alone, or the paper's words against each other.
ABOUT = ("any", "own data", "paper")
#: How exactly a figure comes out again on another machine.
CLASSES = ("bit-exact", "tolerance", "distributional")
#: Where figures come from, and what the page calls it.
SCOPES = {
    "twin": "the twin, made data",
    "MixedWM38": "MixedWM38, the half at hand",
    "WM-811K": "WM-811K, the half at hand",
    "Carinthia 52 px": "Carinthia at 52 pixels",
    "SEM 512": "other SEM images at 512 pixels",
    "any input": "any input",
    "paper": "the paper's own numbers",
    "paper's data": "the paper's own data",
}
_OWN, _MADE = {"paper", "paper's data"}, {"twin"}
_REQUIRED = ("id", "paper", "section", "claim", "kind", "about")
_KNOWN = {*_REQUIRED, "place", "value", "how", "class", "tolerance", "evidence", "figures", "show", "holds"}
_KNOWN |= {"caveats", "mark", "not_testable"}


class LedgerError(ValueError):
    """What is wrong with the ledger, a line each."""

    def __init__(self, problems: list[str]):
        super().__init__("\n".join(problems))
        self.problems = problems


@dataclass(frozen=True)
class Finding:
    """What one data set says of a claim.

    Attributes
    ----------
    scope : str
        One of `SCOPES`.
    source : str
        The notebook, result file or test that holds the figures.
    shown : str
        The figures as text; "" where a test speaks.
    holds : bool or None
        None where a figure is missing (undefined there).
    caveats : tuple of str
    """

    scope: str
    source: str
    shown: str
    holds: bool | None
    caveats: tuple[str, ...] = ()


@dataclass(frozen=True)
class Judged:
    """A claim with its verdict.

    Attributes
    ----------
    entry : mapping
        The claim as ``claims.yml`` has it.
    verdict : str
        One of `VERDICTS`.
    why : tuple of str
        Caveats, or why it cannot be tested.
    findings : tuple of Finding
    """

    entry: Mapping[str, Any]
    verdict: str
    why: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()

    @property
    def id(self) -> str:
        return self.entry["id"]

    @property
    def results(self) -> set[str]:
        """The result files that it rests on."""
        return {finding.source for finding in self.findings if finding.source.startswith("results/")}


@dataclass
class Ledger:
    """``claims.yml`` as read.

    Attributes
    ----------
    root : Path
        The repository.
    claims : list of dict
    sets : dict
        Evidence that several claims share.
    paper_values : dict
        Numbers that the papers print.
    """

    root: Path
    claims: list[dict[str, Any]]
    sets: dict[str, Any]
    paper_values: dict[str, Any]


def read_ledger(root: str | Path) -> Ledger:
    """Read ``claims.yml`` of a repository: one YAML document a paper, each with its claims.

    Raises
    ------
    LedgerError
        If a claim lacks what it needs: a test, or a reason why there is none.
    """
    import yaml

    root = Path(root)
    ledger, problems = Ledger(root, [], {}, {}), []
    known = {"paper_values", "sets", "claims"}
    for content in yaml.safe_load_all((root / "claims.yml").read_text(encoding="utf8")):
        if not isinstance(content, dict) or not content.get("claims") or set(content) - known:
            raise LedgerError(["claims.yml: each part must hold claims, and may hold paper_values and sets"])
        ledger.claims.extend(content["claims"])
        for known_ones, name in ((ledger.sets, "sets"), (ledger.paper_values, "paper_values")):
            more = content.get(name) or {}
            problems += [f"claims.yml: {key!r} is twice in {name}" for key in set(more) & set(known_ones)]
            known_ones.update(more)
    problems += [text for claim in ledger.claims for text in _problems_of(claim)]
    ids = [claim.get("id") for claim in ledger.claims]
    problems += [
        f"{name}: the id is there {ids.count(name)} times"
        for name in sorted({*ids} - {None})
        if ids.count(name) > 1
    ]
    if problems:
        raise LedgerError(problems)
    return ledger


def _problems_of(claim: Mapping[str, Any]) -> list[str]:
    name = claim.get("id", claim.get("claim", claim))
    problems = [f"{name}: has no {key}" for key in _REQUIRED if not claim.get(key)]
    problems += [f"{name}: has {key!r}, which means nothing" for key in sorted(set(claim) - _KNOWN)]
    choices = {"paper": PAPERS, "kind": KINDS, "about": ABOUT, "class": CLASSES}
    problems += [
        f"{name}: {key} is {claim[key]!r}; it must be one of {', '.join(allowed)}"
        for key, allowed in choices.items()
        if key in claim and claim[key] not in allowed
    ]
    reason, tested = claim.get("not_testable"), claim.get("evidence")
    if not reason and not tested:
        problems.append(f"{name}: has neither evidence nor a reason why it cannot be tested")
    if reason and not (isinstance(reason, dict) and reason.get("reason") and reason.get("why")):
        problems.append(f"{name}: not_testable needs a reason and a why")
    if tested and not reason:
        needed = ("how", "class") if _only_tests(tested) else ("how", "class", "show", "holds")
        problems += [f"{name}: has evidence, so it needs {key}" for key in needed if key not in claim]
    if "tolerance" in claim and not {"within", "why"} <= set(claim["tolerance"]):
        problems.append(f"{name}: tolerance needs within and why")
    return problems


def _only_tests(evidence: Any) -> bool:
    return isinstance(evidence, list) and all("test" in part for part in evidence)


def judge(ledger: Ledger) -> list[Judged]:
    """Compute the verdict of every claim.

    A claim is *reproduced* if it holds on all data that decide, *contradicted* if on none. It has a *caveat*
    if it holds on some only, if one of its caveats is true, or if made data alone decide. It is *not
    testable* if it says so, if it is about the paper's own data and those were not at hand, or if no figure
    is defined.

    Raises
    ------
    LedgerError
        If evidence is not there, or an expression cannot be computed.
    """
    judged, problems = [], []
    for claim in ledger.claims:
        try:
            findings = tuple(_finding(ledger, claim, part) for part in _parts(ledger, claim))
            judged.append(Judged(claim, *_verdict(claim, findings), findings))
        except (ValueError, KeyError, IndexError, TypeError, ZeroDivisionError) as error:
            problems.append(f"{claim['id']}: {error}")
    if problems:
        raise LedgerError(problems)
    return judged


def _parts(ledger: Ledger, claim: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    evidence = claim.get("evidence") or []
    if isinstance(evidence, str):
        if evidence not in ledger.sets:
            raise ValueError(f"evidence {evidence!r} is no set; known: {', '.join(ledger.sets)}")
        evidence = ledger.sets[evidence]
    return evidence


def _finding(ledger: Ledger, claim: Mapping[str, Any], part: Mapping[str, Any]) -> Finding:
    scope = part.get("scope")
    if scope not in SCOPES:
        raise ValueError(f"scope is {scope!r}; it must be one of {', '.join(SCOPES)}")
    if "test" in part:
        check_test(ledger.root, part["test"])
        return Finding(scope, part["test"], part.get("show", ""), True)
    paths = (claim.get("figures") or {}) | (part.get("figures") or {})
    figures = {
        name: figure_at(ledger.root, ledger.paper_values, part["from"], f"{part.get('prefix', '')}{path}")
        for name, path in paths.items()
    }
    figures |= {"value": claim["value"]} if isinstance(claim.get("value"), int | float) else {}
    figures |= {"within": claim["tolerance"]["within"]} if "tolerance" in claim else {}
    undefined = {name for name, figure in figures.items() if _is_undefined(figure)}

    def said(text: str) -> bool | None:
        return None if names_in(text) & undefined else bool(evaluate(text, figures))

    caveats = tuple(
        fill(caveat["say"], figures) for caveat in claim.get("caveats") or [] if said(str(caveat["if"]))
    )
    holds = said(str(claim["holds"])) if "holds" in claim else None
    shown = part.get("show", claim.get("show", ""))
    gone = [text for text in fields_of(shown) if names_in(text) & undefined]
    return Finding(scope, part["from"], "not defined" if gone else fill(shown, figures), holds, caveats)


def _verdict(claim: Mapping[str, Any], findings: tuple[Finding, ...]) -> tuple[str, tuple[str, ...]]:
    if reason := claim.get("not_testable"):
        return NOT_TESTABLE, (f"{reason['reason']}: {reason['why']}",)
    decide = [f for f in findings if f.holds is not None]
    if claim["about"] == "own data":
        decide = [f for f in decide if f.scope in _OWN]
        if not decide:
            return NOT_TESTABLE, ("data not at hand: it speaks of the paper's own data",)
    if not decide:
        return NOT_TESTABLE, ("not defined: no figure came out",)
    good, bad = ([f for f in decide if f.holds is wanted] for wanted in (True, False))
    made = ["seen on made data only"] if {f.scope for f in decide} <= _MADE else []
    if not good:
        return CONTRADICTED, tuple(made)
    why = [f"{SCOPES[f.scope]}: {text}" for f in good for text in f.caveats]
    if bad:
        why.append(f"it holds on {_names(good, bad)}, not on {_names(bad, good)}")
    why += made
    return (CAVEAT if why else REPRODUCED), tuple(why)


def _names(findings: list[Finding], others: list[Finding]) -> str:
    """Name data sets; by their figures where the same one is on both sides."""
    both = {f.scope for f in others}
    names = [f"{f.scope} ({f.shown})" if f.scope in both else f.scope for f in findings]
    return " and ".join(dict.fromkeys(names))


def _is_undefined(figure: Any) -> bool:
    return figure is None or (isinstance(figure, float) and math.isnan(figure))
