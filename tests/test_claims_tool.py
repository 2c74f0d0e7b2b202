"""tools/claims.py: what is kept, what must be announced, and what stops the build."""

import importlib.util
import json
from pathlib import Path

import pytest
import yaml

from semlib.sources import code_hash_of

ROOT = Path(__file__).resolve().parents[1]
SPEC = importlib.util.spec_from_file_location("claims_tool", ROOT / "tools" / "claims.py")
tool = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(tool)

CLAIM = {
    "id": "npfc-wins",
    "paper": "npfc",
    "section": "3",
    "claim": "A is better than B.",
    "kind": "comparison",
    "about": "any",
    "how": "Both on 110 maps.",
    "class": "bit-exact",
    "evidence": [{"scope": "WM-811K", "from": "results/a.json"}],
    "figures": {"wins": "wins"},
    "show": "{wins:.0f}",
    "holds": "wins > 55",
}


@pytest.fixture
def root(tmp_path):
    """Return a repository with one claim, whose record is in step with its code, and its mark."""
    for folder in ("results", "notebooks", "book", "semlib"):
        (tmp_path / folder).mkdir()
    (tmp_path / "notebooks" / "01_first.py").write_text(
        "# %% [markdown]\n# {claim}`npfc-wins`\n\n# %%\nx = 1\n"
    )
    (tmp_path / "claims.yml").write_text(yaml.safe_dump({"claims": [CLAIM]}))
    (tmp_path / "CHANGELOG.md").write_text("# Changelog\n")
    record(tmp_path, 73)
    return tmp_path


def record(root, wins):
    entries = ["notebooks/01_first.py"]
    made = {"made_by": entries, "made_by_code": code_hash_of(entries, root)}
    content = {"provenance": made, "values": {"wins": wins}}
    path = root / "results" / "a.json"
    path.write_text(json.dumps(content))


def kept(root):
    return json.loads((root / "results" / "claims.json").read_text())


def test_verdicts_are_kept_and_come_out_again(root, capsys):
    assert tool.check(root) == [
        "npfc-wins: reproduced comes out, results/claims.json has nothing; run `make claims`"
    ]
    assert tool.update(root) == []
    assert kept(root) == {"npfc-wins": ["reproduced"]}
    assert tool.check(root) == []
    assert "1 claims: 1 reproduced, 0 reproduced with a caveat" in capsys.readouterr().out


def test_a_changed_verdict_needs_its_line_in_the_changelog(root):
    tool.update(root)
    record(root, 20)
    assert "contradicted comes out, results/claims.json has reproduced" in tool.check(root)[0]
    missing = "CHANGELOG.md lacks a line with: `npfc-wins`: reproduced → contradicted: why"
    assert tool.update(root) == [missing]
    assert kept(root) == {"npfc-wins": ["reproduced"]}  # nothing is written before
    changelog = root / "CHANGELOG.md"
    changelog.write_text("- `npfc-wins`: reproduced → contradicted: the maps were drawn anew.\n")
    assert tool.update(root) == []
    assert kept(root) == {"npfc-wins": ["reproduced", "contradicted"]}
    changelog.write_text("# Changelog\n")
    assert tool.check(root) == [missing]


def test_a_claim_that_went_is_missed(root):
    tool.update(root)
    path = root / "results" / "claims.json"
    path.write_text(json.dumps(kept(root) | {"npfc-old": ["reproduced"]}))
    assert tool.check(root) == [
        "npfc-old: is in results/claims.json and not in claims.yml; run `make claims`"
    ]


def test_a_result_older_than_its_code_stops_it_until_it_is_renewed(root):
    tool.update(root)
    source = root / "notebooks" / "01_first.py"
    source.write_text(source.read_text().replace("x = 1", "x = 2"))
    assert "results/a.json is older than the code of notebooks/01_first.py" in tool.check(root)[0]
    tool.renew(root, "results/a.json", "x is not used")
    assert tool.check(root) == []


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("no mark", "npfc-wins: no page has its mark"),
        ("{claim}`npfc-wins` {claim}`npfc-none`", "the mark 'npfc-none' is no claim"),
    ],
)
def test_marks_and_claims_belong_together(root, text, message):
    (root / "notebooks" / "01_first.py").write_text(f"# %% [markdown]\n# {text}\n\n# %%\nx = 1\n")
    assert any(message in line for line in tool.check(root))


def test_a_claim_can_name_the_page_of_its_mark(root):
    (root / "claims.yml").write_text(yaml.safe_dump({"claims": [CLAIM | {"mark": "book/page"}]}))
    assert any("book/page lacks its mark" in line for line in tool.check(root))
    (root / "book" / "page.md").write_text("{claim}`npfc-wins`")
    assert not any("lacks its mark" in line for line in tool.check(root))


@pytest.mark.parametrize(
    ("heading", "fits"),
    [("What holds", True), ("What does not hold", False), ("What holds in part", False), ("Else", True)],
)
def test_a_sentence_stands_below_the_heading_of_its_verdict(root, heading, fits):
    (root / "book" / "paper1-in-short.md").write_text(f"# P\n\n## {heading}\n\n- So. {{claim}}`npfc-wins`\n")
    tool.update(root)
    assert tool.check(root)[1:] == [] if fits else "move its sentence" in tool.check(root)[-1]
