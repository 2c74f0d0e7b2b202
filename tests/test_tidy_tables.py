"""Columns of numbers end at the right, of words start at the left; the name of the rows heads its column."""

import sys
from pathlib import Path

import pandas as pd
import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "book" / "_ext"))
bs4 = pytest.importorskip("bs4", reason="the extra 'book' is not installed")
tidy_tables = pytest.importorskip("tidy_tables")
is_number, tidy = tidy_tables.is_number, tidy_tables.tidy


@pytest.mark.parametrize(
    "text",
    [
        "7",
        "0.12",
        "−3",
        "1,000",
        "12.5%",
        "0.7 ± 0.1",
        "[0.1, 0.3]",
        "3 to 5",
        "52×52",
        "1e-05",
        "inf",
        "∞",
        "−∞",
        "3 ms",
    ],
)
def test_numbers(text):
    assert is_number(text)


@pytest.mark.parametrize("text", ["", "map 3", "not run", "3 dies or fewer", "K-means", "info", "–"])
def test_words(text):
    assert not is_number(text)


def classes(html: str, tag: str) -> list[list[str]]:
    """Return the mark of each cell, row by row."""
    rows = bs4.BeautifulSoup(html, "html.parser").find_all("tr")
    return [
        ["".join({"numbers", "words"} & set(cell.get("class", []))) for cell in row.find_all(tag)]
        for row in rows
    ]


FRAME = pd.DataFrame(
    {"score": ["0.1", "–", "12"], "what": ["a", "b", "7"]}, index=pd.Index(["x", "y", "z"], name="method")
)


def test_columns_are_marked_with_their_headings():
    html = tidy(FRAME.to_html())
    assert classes(html, "td")[1:] == [["numbers", "words"]] * 3
    assert classes(html, "th")[0] == ["", "numbers", "words"]


def test_a_name_of_rows_heads_its_column():
    table = bs4.BeautifulSoup(tidy(FRAME.to_html()), "html.parser")
    assert [th.text for th in table.thead.find_all("th")] == ["method", "score", "what"]
    assert len(table.thead.find_all("tr")) == 1


def test_names_of_two_levels():
    rows = pd.MultiIndex.from_tuples([("a", 1), ("a", 2)], names=["group", "seed"])
    html = tidy(pd.DataFrame({"s": [1.0, 2.0]}, index=rows).to_html())
    table = bs4.BeautifulSoup(html, "html.parser")
    assert [th.text for th in table.thead.find_all("th")] == ["group", "seed", "s"]
    assert [row for row in classes(html, "td") if row] == [["numbers"], ["numbers"]]


def test_a_name_of_rows_below_two_levels_of_columns():
    columns = pd.MultiIndex.from_product([["paper", "ours"], ["precision", "recall"]])
    frame = pd.DataFrame([[1.0, 2.0, 3.0, 4.0]], index=pd.Index(["x"], name="maps"), columns=columns)
    head = bs4.BeautifulSoup(tidy(frame.to_html()), "html.parser").thead
    rows = [[th.text for th in row.find_all("th")] for row in head.find_all("tr")]
    assert rows == [["", "paper", "ours"], ["maps", *["precision", "recall"] * 2]]


@pytest.mark.parametrize("columns", [9, 10])
def test_a_table_of_many_columns_is_set_closer(columns):
    frame = pd.DataFrame([[1.0] * columns], columns=["completeness", *map(str, range(1, columns))])
    table = bs4.BeautifulSoup(tidy(frame.to_html()), "html.parser").table
    assert ("wide" in table["class"]) == (columns == 10)
    assert table.thead.find_all("th")[1].text == ("complete\xadness" if columns == 10 else "completeness")


def test_a_single_column_of_names_is_told():
    one = bs4.BeautifulSoup(tidy(FRAME.to_html()), "html.parser").table
    assert "named" in one["class"]
    two = FRAME.set_index("what", append=True).to_html()
    assert "named" not in bs4.BeautifulSoup(tidy(two), "html.parser").table["class"]
    assert "named" not in bs4.BeautifulSoup(tidy(FRAME.to_html(index=False)), "html.parser").table["class"]


def test_a_head_in_use_stays():
    named = FRAME.rename_axis(columns="measure").to_html()
    assert [th.text for th in bs4.BeautifulSoup(tidy(named), "html.parser").thead.find_all("th")] == [
        th.text for th in bs4.BeautifulSoup(named, "html.parser").thead.find_all("th")
    ]
    columns = pd.MultiIndex.from_product([["a", "b"], ["s", "t"]])
    html = tidy(pd.DataFrame([[1, 2, 3, "w"]], columns=columns).to_html())
    assert classes(html, "td")[-1] == ["numbers", "numbers", "numbers", "words"]
    assert classes(html, "th")[1] == ["", "numbers", "numbers", "numbers", "words"]


def test_a_styled_table_keeps_its_ids():
    pytest.importorskip("jinja2")
    html = tidy(FRAME.style.set_uuid("u").to_html())
    assert 'id="T_u_row0_col0"' in html
    assert classes(html, "td")[-1] == ["numbers", "words"]
    assert bs4.BeautifulSoup(html, "html.parser").table["class"] == ["dataframe", "named"]


def test_all_that_is_no_table_stays():
    text = '<div class="x">a &lt; b<br/><img src="y.png"/></div>'
    assert tidy(text) == text


def test_what_is_missing_is_a_dash():
    frame = pd.DataFrame({"s": [0.5, float("nan"), float("inf"), -float("inf")], "t": "a NaN"})
    table = bs4.BeautifulSoup(tidy(frame.to_html()), "html.parser")
    assert [td.text for td in table.find_all("td")][::2] == ["0.5", "–", "∞", "−∞"]
    assert [td.text for td in table.find_all("td")][1::2] == ["a NaN"] * 4
    assert classes(str(table), "td")[-1] == ["numbers", "words"]


def test_an_interval_is_one_word():
    frame = pd.DataFrame({"s": ["0.5 (0.4 to 0.6)", "0.12 [0.1, 0.3]"], "t": ["a (b c)", "d"]})
    table = bs4.BeautifulSoup(tidy(frame.to_html()), "html.parser")
    assert [span.text for span in table.find_all("span", class_="interval")] == ["(0.4 to 0.6)", "[0.1, 0.3]"]
    assert [td.text for td in table.find_all("td")] == ["0.5 (0.4 to 0.6)", "a (b c)", "0.12 [0.1, 0.3]", "d"]


@pytest.mark.parametrize("text", ["2026-11-22", "0, 1", "18.3–19.5"])
def test_what_is_short_is_not_broken(text):
    frame = pd.DataFrame({"s": [text, "7", "0.5 of 1,000 maps"]})
    cells = bs4.BeautifulSoup(tidy(frame.to_html()), "html.parser").find_all("td")
    assert ["interval" in cell["class"] for cell in cells] == [True, False, False]


def test_controls_follow_the_theme():
    css = "color: #595959;\n  background-color: #f4f4f4;"
    html = tidy(f"<style>#a {{ {css} }} #b {{ color: #123456; }}</style><table></table>")
    assert "color: var(--pst-color-text-muted);" in html
    assert "background-color: var(--pst-color-surface);" in html
    assert "#f4f4f4" not in html
    assert "#123456" in html
