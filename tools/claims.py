"""Compute the verdicts of the claims ledger, and check that nothing changed unseen.

    python tools/claims.py update             compute all verdicts, keep them in results/claims.json
    python tools/claims.py check              do the kept ones come out, and is no result older than its code?
    python tools/claims.py renew RECORD WHY   keep a record whose code changed, since its results do not

A verdict that changes needs a line in CHANGELOG.md: `the-claim`: old verdict → new verdict: why.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections import Counter
from itertools import pairwise
from pathlib import Path

from semlib._claim_marks import marks, misplaced, problems_of_marks
from semlib.claims import VERDICTS, Judged, LedgerError, judge, read_ledger
from semlib.sources import code_hash_of, stale

ROOT = Path(__file__).resolve().parents[1]


def kept_verdicts(root: Path) -> dict[str, list[str]]:
    """Return for each claim the verdicts that it has had, the present one last."""
    path = root / "results" / "claims.json"
    return json.loads(path.read_text(encoding="utf8")) if path.exists() else {}


def unannounced(histories: dict[str, list[str]], changelog: str) -> list[str]:
    """Return the changes of a verdict that have no line in the changelog."""
    changes = [
        f"`{name}`: {old} → {new}:" for name, history in histories.items() for old, new in pairwise(history)
    ]
    return [f"CHANGELOG.md lacks a line with: {text} why" for text in changes if text not in changelog]


def problems(root: Path, judged: list[Judged]) -> list[str]:
    """Return what is wrong besides the verdicts: stale results, and marks."""
    older = stale(root, {name for claim in judged for name in claim.results})
    found = [f"{name} {what}" for name, what in older.items()]
    return found + problems_of_marks(judged, marks(root)) + misplaced(root, judged)


def update(root: Path) -> list[str]:
    """Compute and keep the verdicts; return what stands in the way."""
    judged = judge(read_ledger(root))
    histories = kept_verdicts(root)
    histories = {claim.id: histories.get(claim.id, []) for claim in judged}
    for claim in judged:
        if histories[claim.id][-1:] != [claim.verdict]:
            histories[claim.id] = [*histories[claim.id], claim.verdict]
    found = problems(root, judged) + unannounced(histories, _changelog(root))
    if not found:
        _write(root / "results" / "claims.json", histories)
        print(_summary(judged))
    return found


def check(root: Path) -> list[str]:
    """Return what is wrong with the kept verdicts."""
    judged, histories = judge(read_ledger(root)), kept_verdicts(root)
    found = [
        f"{claim.id}: {claim.verdict} comes out, results/claims.json has "
        f"{(histories.get(claim.id) or ['nothing'])[-1]}; run `make claims`"
        for claim in judged
        if (histories.get(claim.id) or [None])[-1] != claim.verdict
    ]
    gone = sorted(set(histories) - {claim.id for claim in judged})
    found += [f"{name}: is in results/claims.json and not in claims.yml; run `make claims`" for name in gone]
    found += problems(root, judged) + unannounced(histories, _changelog(root))
    if not found:
        print(_summary(judged))
    return found


def renew(root: Path, record: str, why: str) -> list[str]:
    """Say that a record still holds with today's code."""
    path = root / "results" / "still_good.json"
    entries = json.loads((root / record).read_text(encoding="utf8"))["provenance"]["made_by"]
    known = json.loads(path.read_text(encoding="utf8")) if path.exists() else {}
    _write(path, known | {record: {"code": code_hash_of(entries, root), "why": why}})
    return []


def _changelog(root: Path) -> str:
    return (root / "CHANGELOG.md").read_text(encoding="utf8")


def _summary(judged: list[Judged]) -> str:
    counts = Counter(claim.verdict for claim in judged)
    return f"{len(judged)} claims: " + ", ".join(f"{counts[word]} {word}" for word in VERDICTS)


def _write(path: Path, content: dict) -> None:
    part = path.with_suffix(".part")
    part.write_text(json.dumps(content, indent=1, sort_keys=True, ensure_ascii=False) + "\n", encoding="utf8")
    os.replace(part, path)


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    sub = parser.add_subparsers(dest="command", required=True)
    sub.add_parser("update")
    sub.add_parser("check")
    renewing = sub.add_parser("renew")
    renewing.add_argument("record")
    renewing.add_argument("why")
    args = parser.parse_args()
    try:
        if args.command == "renew":
            found = renew(ROOT, args.record, args.why)
        else:
            found = {"update": update, "check": check}[args.command](ROOT)
    except LedgerError as error:
        found = error.problems
    print("\n".join(found), file=sys.stderr) if found else None
    return bool(found)


if __name__ == "__main__":
    sys.exit(main())
