"""The data cards say what the registry says and what was measured, and nothing else."""

import json
import re
import shutil
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tools"))
import card_page
import cards
from data_facts import UNLABELLED, groupings, map_facts, repeats

from semlib.registry import REGISTRY, WM811K

ROOT = Path(__file__).resolve().parents[1]


def measured(data, classes, *, whole=False, other=None) -> dict:
    """What would have been measured on made-up images of these classes."""
    names = [name for name, n in (classes | (other or {})).items() for _ in range(n)]
    return {
        "at_hand": {
            "file": "x.npz",
            "size": 1234,
            "sha256": "f" * 64,
            "whole": whole,
            "checked": "sha256" if whole else "",
            "how": "drawn by a test",
            "items": len(names),
        },
        "groupings": groupings(data, classes),
        "other_labels": other or {},
        "repeats": repeats(np.arange(len(names)), names),
        "maps": map_facts([np.ones((2, 2), int)] * len(names), names),
        "picture": {"file": "data_x.png", "sha256": ""},
        "provenance": {
            "date": "2026-01-02",
            "commit": "abc",
            "uncommitted_code": False,
            "python": "3",
            "libraries": dict.fromkeys(("numpy", "scikit-image", "pillow"), "1"),
        },
    }


TINY = replace(WM811K, count=6, classes={"Loc": 3, "Donut": 1})


def row(text: str, name: str) -> list[str]:
    """Return a row of the first table that has one of that name."""
    cells = re.search(rf"^\* - {re.escape(name)}\n((?:  -.*\n)+)", text, re.M)[1]
    return [cell[4:] for cell in cells.splitlines()]


def test_a_card_has_the_numbers():
    found = measured(TINY, {"Loc": 3, "Donut": 1}, whole=True, other={UNLABELLED: 2})
    text = card_page.card(TINY, found)
    assert "data-badge-whole" in text
    assert "**Measured on: the whole file.** 6 maps; its SHA-256 is the published one." in text
    assert row(text, "Loc") == ["3", "50.0%", "3", "100.0%"]
    assert row(text, UNLABELLED) == ["2", "33.3%", "2", "100.0%"]
    # H of 3 and 1 in 4 is 3/4 ln(4/3) + 1/4 ln 4 = 0.562, and the ceiling 2 H / (H + ln 2) = 0.896
    assert row(text, "class") == ["2", "0.562", "0.896", "0.562", "0.896"]
    assert "All 6 maps are different in content." in text
    assert "no fair sample" not in text
    assert "differ" not in card_page.badge(TINY, found)
    assert ":class: danger" not in text
    assert "{bdg-danger}" not in text


@pytest.mark.parametrize(
    ("classes", "unlabelled", "whole", "said"),
    [
        (
            (2, 2),
            2,
            True,
            ["3 maps of class Loc are reported, but 2", "1 maps of class Donut are reported, but 2"],
        ),
        ((3, 1), 0, True, ["6 maps are reported, but 4 are in the whole", "2 maps of class no label are"]),
        ((1, 2), 0, False, ["1 maps of class Donut are reported, but 2 are in the part at hand"]),
        ((7, 0), 0, False, ["6 maps are reported, but 7 are in the part", "3 maps of class Loc are"]),
        ((0, 0), 3, False, ["2 maps of class no label are reported, but 3 are"]),
        ((3, 1), 2, False, []),
        ((3, 1), 2, True, []),
    ],
)
def test_contradictions_are_highlighted(classes, unlabelled, whole, said):
    classes = dict(zip(TINY.classes, classes, strict=True))
    found = measured(TINY, classes, whole=whole, other={UNLABELLED: unlabelled})
    text = card_page.card(TINY, found)
    problems = card_page.contradictions(TINY, found)
    assert len(problems) == len(said)
    for problem, start in zip(problems, said, strict=True):
        assert problem.startswith(start)
        assert f"- {problem}" in text
    assert (":class: danger" in text) == bool(said)
    assert text.count("{bdg-danger}") == sum("class" in start for start in said)


def test_a_class_that_nobody_reported_is_highlighted():
    found = measured(TINY, {"Loc": 1, "Donut": 0}, other={"Blob": 1})
    assert card_page.contradictions(TINY, found) == [
        "0 maps of class Blob are reported, but 1 are in the part at hand alone."
    ]
    assert row(card_page.card(TINY, found), "Blob")[2] == "1 {bdg-danger}`differs`"


def test_an_unfair_part_is_called_so():
    text = card_page.card(TINY, measured(TINY, {"Loc": 1, "Donut": 1}))
    assert "**Measured on: a part.** 2 of 6 maps: drawn by a test." in text
    assert "no fair sample: it has 33.3% of class Loc, but 100.0% of class Donut" in text
    even = replace(TINY, classes={"Loc": 2, "Donut": 2})
    assert "no fair sample" not in card_page.card(even, measured(even, {"Loc": 1, "Donut": 1}))


@pytest.mark.parametrize("data", REGISTRY.values(), ids=REGISTRY)
def test_a_card_without_a_measurement_says_so(data):
    text = card_page.card(data, None)
    assert "**Nothing measured here.**" in text
    for absent in ("{figure}", "What we measured", "At hand", "at hand here", "{bdg-danger}"):
        assert absent not in text


@pytest.mark.parametrize("data", REGISTRY.values(), ids=REGISTRY)
def test_a_card_has_all_of_the_registry(data):
    text = card_page.card(data, None)
    facts = [
        data.description,
        data.page,
        data.citation,
        data.doi,
        data.licence or "not known",
        f"{data.count:,}",
    ]
    facts += [f"{n:,}" for n in data.classes.values()]
    facts += [quirk for quirk, _ in data.quirks] + list(data.unverified)
    for file in data.files:
        facts += [
            file.name,
            file.url,
            f"{file.size:,} bytes",
            file.md5 or "",
            file.sha256 or "",
            file.kaggle or "",
        ]
        facts += [f"$SEMLIB_DATA/{data.key}/{file.name}"]
    assert [fact for fact in facts if fact not in text] == []
    assert text.count("\n- {bdg-success}`seen` ") == sum(known == "seen" for _, known in data.quirks)


@pytest.mark.parametrize("key", REGISTRY)
def test_every_citation_has_a_reference(key):
    text = (ROOT / "book" / "data" / f"{key}.md").read_text()
    bibliography = (ROOT / "book" / "references.bib").read_text()
    cited = re.findall(r"\{cite:t\}`([^`]+)`", text)
    assert cited == list(REGISTRY[key].citations)
    assert all(f"{{{name}," in bibliography for name in cited)


def test_pages_and_pictures_are_in_step():
    assert cards.check(ROOT) == []


@pytest.fixture
def book(tmp_path):
    """A copy of what the check looks at."""
    for folder in ("book/data", "book/images", "results"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    return tmp_path


def spoil(path, old, new):
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


@pytest.mark.parametrize(
    ("change", "found"),
    [
        (lambda b: spoil(b / "book/data/carinthia.md", "4,008", "4,009"), "book/data/carinthia.md: is not"),
        (lambda b: (b / "book/data/wm811k.croissant.json").unlink(), "wm811k.croissant.json: is not what"),
        (lambda b: (b / "book/data/index.md").write_text(""), "index.md: is not what"),
        (lambda b: (b / "book/images/data_wm811k.png").write_bytes(b"x"), "data_wm811k.png: is not the"),
        (lambda b: (b / "book/data/other.md").write_text("x"), "book/data/other.md: nothing makes it"),
        (lambda b: spoil(b / "results/data_mixedwm38.json", "507", "508"), "mixedwm38.md: is not"),
        (lambda b: (b / "results/data_mixedwm38.json").unlink(), "mixedwm38.md: is not"),
    ],
)  # fmt: skip
def test_what_is_out_of_step_is_found_and_mended(book, change, found):
    assert cards.check(book) == []
    change(book)
    problems = cards.check(book)
    assert any(found in problem for problem in problems), problems
    cards.write(book)
    left = cards.check(book)
    assert [problem for problem in left if "images" not in problem and "nothing makes" not in problem] == []


@pytest.mark.parametrize("field", ["repeats", "at_hand", "maps"])
def test_an_absent_field_is_named(book, field):
    path = book / "results" / "data_wm811k.json"
    content = json.loads(path.read_text())
    del content[field]
    path.write_text(json.dumps(content))
    with pytest.raises(SystemExit, match=rf"data_wm811k.json lacks '{field}'; run: .* measure wm811k"):
        cards.write(book)
