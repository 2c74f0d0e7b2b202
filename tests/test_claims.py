import json

import pytest
import yaml

from semlib.claims import CAVEAT, CONTRADICTED, NOT_TESTABLE, REPRODUCED, LedgerError, judge, read_ledger

CLAIM = {
    "id": "npfc-wins",
    "paper": "npfc",
    "section": "3.3.1",
    "claim": "A is better than B.",
    "kind": "comparison",
    "about": "any",
    "how": "Both on 110 maps.",
    "class": "bit-exact",
    "figures": {"wins": "wins"},
    "show": "{wins:.0f} of 110",
    "holds": "wins > 55",
}


def glue(name, text):
    data = {"application/papermill.record/text/plain": text}
    return {"outputs": [{"data": data, "metadata": {"scrapbook": {"name": name}}}]}


def scope(name="WM-811K", source="results/a.json", **more):
    return {"scope": name, "from": source} | more


@pytest.fixture
def verdict(tmp_path):
    """Judge one claim on a small repository, in which two records and a notebook disagree."""
    (tmp_path / "results").mkdir()
    (tmp_path / "notebooks").mkdir()
    table = {"columns": ["NPFC", ["mae", "AC"]], "index": ["ch", "gdi"], "data": [[72, 25], [55, None]]}
    values = {"wins": 73, "none": None, "nothing": 108, "table": table, "seeds": [0.4, 0.5, 0.6]}
    (tmp_path / "results" / "a.json").write_text(json.dumps({"values": values, "data": {"n": 4591}}))
    (tmp_path / "results" / "b.json").write_text(json.dumps({"values": {"wins": 20}}))
    cells = [glue("wins", "80"), glue("few", "8"), glue("picture", "<Figure>"), {"source": "no outputs"}]
    (tmp_path / "notebooks" / "n.ipynb").write_text(json.dumps({"cells": cells}))
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_a.py").write_text("def test_it():\n    pass\n")

    def run(*, sets=None, paper_values=None, drop=(), **changes):
        claim = {key: value for key, value in (CLAIM | changes).items() if key not in drop}
        content = {"claims": [claim], "sets": sets or {}, "paper_values": paper_values or {}}
        (tmp_path / "claims.yml").write_text(yaml.safe_dump(content))
        return judge(read_ledger(tmp_path))[0]

    return run


B, TWIN = scope("MixedWM38", "results/b.json"), scope("twin", "notebooks/n")


@pytest.mark.parametrize(
    ("evidence", "expected", "why"),
    [
        ([scope()], REPRODUCED, ()),
        ([B], CONTRADICTED, ()),
        ([scope(), B], CAVEAT, ("it holds on WM-811K, not on MixedWM38",)),
        ([TWIN], CAVEAT, ("seen on made data only",)),
        ([TWIN, scope()], REPRODUCED, ()),
        ([TWIN | {"figures": {"wins": "few"}}], CONTRADICTED, ("seen on made data only",)),
        ([scope(figures={"wins": "none"})], NOT_TESTABLE, ("not defined: no figure came out",)),
        ([scope(figures={"wins": "none"}), B], CONTRADICTED, ()),
    ],
)
def test_the_data_decide(verdict, evidence, expected, why):
    judged = verdict(evidence=evidence)
    assert (judged.verdict, judged.why) == (expected, why)


def test_what_is_shown_and_where_from(verdict):
    judged = verdict(evidence=[TWIN, scope(show="{wins} wins"), scope(figures={"wins": "none"})])
    assert [f.shown for f in judged.findings] == ["80 of 110", "73 wins", "not defined"]
    assert [f.holds for f in judged.findings] == [True, True, None]
    assert judged.results == {"results/a.json"}


def test_a_statement_on_the_papers_own_data_is_decided_by_nothing_else(verdict):
    judged = verdict(about="own data", evidence=[scope()])
    assert judged.verdict == NOT_TESTABLE
    assert "data not at hand" in judged.why[0]
    assert judged.findings[0].shown == "73 of 110"
    own = scope("paper", "paper", prefix="npfc/")
    values = {"npfc": {"wins": 99}}
    assert verdict(about="own data", evidence=[own, B], paper_values=values).verdict == REPRODUCED


def test_caveats_are_computed(verdict):
    caveats = [{"if": "nothing > 55", "say": "doing nothing wins on {nothing:.0f}"}]
    figures = {"wins": "wins", "nothing": "nothing"}
    judged = verdict(evidence=[scope()], figures=figures, caveats=caveats)
    assert judged.verdict == CAVEAT
    assert judged.why == ("WM-811K, the half at hand: doing nothing wins on 108",)
    caveats[0]["if"] = "nothing > 108"
    assert verdict(evidence=[scope()], figures=figures, caveats=caveats).verdict == REPRODUCED


def test_numbers_are_compared_within_a_stated_tolerance(verdict):
    tolerance = {"within": 7, "why": "as many as the draw moves"}
    number = {"kind": "number", "holds": "abs(wins - value) <= within", "evidence": [scope()]}
    assert verdict(value=80, tolerance=tolerance, **number).verdict == REPRODUCED
    assert verdict(value=81, tolerance=tolerance, **number).verdict == CONTRADICTED


@pytest.mark.parametrize(
    ("path", "shown"),
    [("table/ch/NPFC", "72"), ("table/ch/mae,AC", "25"), ("/data/n", "4591"), ("seeds/1", "0.5")],
)
def test_paths_lead_into_tables_lists_and_the_files_root(verdict, path, shown):
    judged = verdict(evidence=[scope()], figures={"wins": path}, show="{wins}")
    assert judged.findings[0].shown == shown


def test_sets_and_prefixes(verdict):
    sets = {"both": [scope(prefix="table/ch/"), scope("MixedWM38", prefix="table/gdi/")]}
    judged = verdict(evidence="both", sets=sets, figures={"wins": "NPFC"})
    assert [f.shown for f in judged.findings] == ["72 of 110", "55 of 110"]
    assert judged.verdict == CAVEAT


def test_a_unit_test_can_be_evidence_if_it_is_there(verdict):
    evidence = [{"scope": "any input", "test": "tests/test_a.py::test_it"}]
    assert verdict(evidence=evidence, drop=("holds", "show", "figures")).verdict == REPRODUCED
    evidence[0]["test"] = "tests/test_a.py::test_other"
    with pytest.raises(LedgerError, match=r"npfc-wins: the test 'tests/test_a\.py::test_other' is not there"):
        verdict(evidence=evidence, drop=("holds", "show", "figures"))


def test_not_testable_needs_its_reason(verdict):
    reason = {"reason": "confidential data", "why": "The maps are not published."}
    judged = verdict(not_testable=reason, drop=("holds", "show", "figures", "how", "class"))
    assert (judged.verdict, judged.why) == (NOT_TESTABLE, ("confidential data: The maps are not published.",))
    with pytest.raises(LedgerError, match="npfc-wins: not_testable needs a reason and a why"):
        verdict(not_testable={"reason": "confidential data"})


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({}, "npfc-wins: has neither evidence nor a reason"),
        ({"evidence": [scope()], "drop": ("holds",)}, "npfc-wins: has evidence, so it needs holds"),
        ({"evidence": [scope()], "drop": ("section",)}, "npfc-wins: has no section"),
        ({"evidence": [scope()], "verdict": "reproduced"}, "npfc-wins: has 'verdict', which means nothing"),
        ({"evidence": [scope()], "kind": "guess"}, "kind is 'guess'; it must be one of data fact"),
        ({"evidence": [scope("the moon")]}, "scope is 'the moon'; it must be one of twin"),
        ({"evidence": "t2"}, "evidence 't2' is no set"),
        ({"evidence": [scope(source="results/c.json")]}, "results/c.json is not there"),
        ({"evidence": [scope(figures={"wins": "losses"})]}, "results/a.json has no 'losses'"),
        ({"evidence": [scope(figures={"wins": "table/dbi/NPFC"})]}, "has no row 'dbi' in 'table/dbi/NPFC'"),
        ({"evidence": [scope()], "holds": "losses < 3"}, "names 'losses', which is no figure"),
        ({"evidence": [scope()], "holds": "open('x')"}, "the expression \"open\\('x'\\)\" holds"),
        ({"evidence": [scope()], "tolerance": {"within": 1}}, "tolerance needs within and why"),
    ],
)
def test_a_ledger_that_does_not_hold_together_is_refused(verdict, changes, message):
    with pytest.raises(LedgerError, match=message):
        verdict(**changes)


def test_ids_are_used_once(tmp_path):
    reason = {"reason": "confidential data", "why": "The maps are not published."}
    claim = {key: CLAIM[key] for key in ("id", "paper", "section", "claim", "kind", "about")}
    (tmp_path / "claims.yml").write_text(yaml.safe_dump({"claims": [claim | {"not_testable": reason}] * 2}))
    with pytest.raises(LedgerError, match="npfc-wins: the id is there 2 times"):
        read_ledger(tmp_path)


def test_papers_are_documents_of_one_file_and_share_no_names(tmp_path):
    reason = {"reason": "confidential data", "why": "The maps are not published."}
    claim = {key: CLAIM[key] for key in ("id", "paper", "section", "claim", "kind", "about")}
    parts = [{"claims": [claim | {"id": name, "not_testable": reason}], "sets": {"t2": []}} for name in "ab"]
    (tmp_path / "claims.yml").write_text(yaml.safe_dump_all(parts))
    with pytest.raises(LedgerError, match="'t2' is twice in sets"):
        read_ledger(tmp_path)
    del parts[1]["sets"]
    (tmp_path / "claims.yml").write_text(yaml.safe_dump_all(parts))
    assert [claim["id"] for claim in read_ledger(tmp_path).claims] == ["a", "b"]
    (tmp_path / "claims.yml").write_text("verdicts: []")
    with pytest.raises(LedgerError, match="each part must hold claims"):
        read_ledger(tmp_path)
