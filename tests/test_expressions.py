import pytest

from semlib._expressions import evaluate, fields_of, fill, names_in

FIGURES = {"wins": 73, "seeds": [0.4, 0.5, 0.6], "row": {"verdict": "holds"}, "none": None}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("wins > 55", True),
        ("55 < wins < 73", False),
        ("wins / 100 - 0.03 ** 1", 0.7),
        ("not wins == 73 or wins in [1, 73]", True),
        ("-wins + abs(-2)", -71),
        ("row['verdict'] == 'holds'", True),
        ("seeds[0] + len(seeds)", 3.4),
        ("mean(seeds)", 0.5),
        # Student's t with 2 degrees of freedom is 4.303 at 97.5 %; the standard error 0.1 / sqrt(3)
        ("round(low(seeds), 3)", 0.252),
        ("round(high(seeds), 3)", 0.748),
        ("max(1, min(seeds)) if True else 0", 1),
    ],
)
def test_what_it_computes(text, value):
    assert evaluate(text, FIGURES) == pytest.approx(value)


@pytest.mark.parametrize(
    "text",
    [
        "__import__('os')",
        "wins.real",
        "open('x')",
        "[x for x in seeds]",
        "(lambda: 1)()",
        "f'{wins}'",
        "mean(values=seeds)",
        "wins is None",
    ],
)
def test_nothing_else_is_allowed(text):
    with pytest.raises(ValueError, match="the expression"):
        evaluate(text, FIGURES)


def test_unknown_names_and_bad_text_are_named():
    with pytest.raises(ValueError, match=r"names 'loses', which is no figure; known: .*'wins'"):
        evaluate("loses > 1", FIGURES)
    with pytest.raises(ValueError, match="cannot be read"):
        evaluate("wins >", FIGURES)


def test_fields_hold_expressions():
    text = "{mean(seeds):.2f} on {wins:.0f} of 110, {none:.1f}"
    assert fill(text, FIGURES) == "0.50 on 73 of 110, –"
    assert fields_of(text) == ["mean(seeds)", "wins", "none"]
    assert names_in("mean(seeds) > wins") == {"seeds", "wins"}
