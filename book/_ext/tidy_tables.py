"""Tables of pandas, made easy to read: columns of numbers end at the right, words start at the left.

The theme sets all cells to the left, pandas all headings to the right. And pandas puts the name of the rows
in a line of its own, which is blank but for that; here it stands at the head of its column. Tables with
colours (a Styler's) look as the others do, controls are grey in both themes, an interval is not broken
over two lines, and what is missing is a dash. A table of many columns is set closer, and its long headings
may be broken. Where a table is wider than the screen, a single column of names stays as the others scroll.
"""

from __future__ import annotations

import re

from bs4 import BeautifulSoup, Tag
from docutils import nodes

# 0.12, −3, 1,000, 12.5%, 0.7 ± 0.1, [0.1, 0.3], 3 to 5, 52×52, 1e-05, inf
_NUMBER = re.compile(r"(?:[-+−±≈<>≤≥~\[(]\s*)*(?:\d.*|inf|nan|NaN|∞)", re.DOTALL)
_LETTERS = re.compile(r"[^\W\d_]")
_JOINTS = re.compile(r"\b(?:to|of|inf|nan)\b", re.IGNORECASE)
_INTERVAL = re.compile(r"(\S+) ([(\[][^()\[\]]+[)\]])")
# what a Styler says of a control's cell, see semlib.plots.sem_scores and wafer_tables: grey on light grey
_CONTROL = re.compile(r"\{[^{}]*#f4f4f4[^{}]*\}")
_INK = re.compile(r"(?<!-)color: #\w+")
_SHORT = re.compile(r"(?=.*\S[ \-–]).{1,10}")  # a date, a range, two numbers
_SIGNS = {"NaN": "–", "nan": "–", "inf": "∞", "-inf": "−∞"}
_WIDE = 10  # columns with values that a page does not hold at the usual size
_BREAKS = {  # where the headings of such tables may be broken, by a soft hyphen
    word.replace("-", ""): word.replace("-", "\xad")
    for word in ("complete-ness", "homo-geneity", "preci-sion", "silhou-ette", "thumb-nail", "un-trained")
}
_NONE = ("", "-", "–", "—", "−")


def is_number(text: str) -> bool:
    """Whether a cell's text is a number, perhaps with a unit of up to three letters."""
    words = _LETTERS.findall(_JOINTS.sub("", text))
    return bool(_NUMBER.fullmatch(text)) and len(words) <= 3


def tidy(html: str) -> str:
    """Return the HTML with each column marked ``numbers`` or ``words``, and the names of rows moved."""
    soup = BeautifulSoup(html, "html.parser")
    for table in soup.find_all("table"):
        if table.thead and table.tbody:
            if "dataframe" not in table.get("class", []):
                table["class"] = [*table.get("class", []), "dataframe"]
            _join_head(table)
            _say(table)
            _mark(table)
            _fit(table)
    for style in soup.find_all("style"):
        style.string = _CONTROL.sub(_themed, style.string or "")
    return str(soup)


def _themed(rule: re.Match) -> str:
    """Give a control's cell the theme's own greys, light or dark."""
    ink = _INK.sub("color: var(--pst-color-text-muted)", rule[0])
    return ink.replace("#f4f4f4", "var(--pst-color-surface)")


def _text(cell: Tag) -> str:
    return cell.get_text(" ", strip=True).replace("\xa0", "").strip()


def _join_head(table: Tag) -> None:
    rows = [row.find_all("th") for row in table.thead.find_all("tr")]
    values = max((len(row.find_all("td")) for row in table.tbody.find_all("tr")), default=0)
    if len(rows) < 2 or len(rows[-2]) != len(rows[-1]) or not 0 < values < len(rows[-1]):
        return
    titles, names = rows[-2:]
    index = len(titles) - values
    if any(map(_text, titles[:index])) or any(map(_text, names[index:])):
        return
    for above, name in zip(titles[:index], names[:index], strict=True):
        above.replace_with(name.extract())
    table.thead.find_all("tr")[-1].decompose()


def _say(table: Tag) -> None:
    """Write what is missing as a dash, and infinity as its sign."""
    for cell in table.tbody.find_all("td"):
        if cell.string and cell.string.strip() in _SIGNS:
            cell.string = _SIGNS[cell.string.strip()]


def _mark(table: Tag) -> None:
    rows = [row.find_all("td") for row in table.tbody.find_all("tr")]
    count = max(map(len, rows), default=0)
    rows = [row for row in rows if len(row) == count]  # what spans columns says nothing of one
    heads = [row.find_all("th") for row in table.thead.find_all("tr")]
    for place in range(count):  # counted from the right: at the left rows may share a name
        cells = [row[count - 1 - place] for row in rows]
        said = [text for text in map(_text, cells) if text not in _NONE]
        if not said:
            continue
        kind = "numbers" if 2 * sum(map(is_number, said)) > len(said) else "words"
        tops = [head[-1 - place] for head in heads if len(head) > count]
        for cell in (*cells, *tops):
            cell["class"] = [*cell.get("class", []), kind]
        for cell in cells if kind == "numbers" else ():
            _keep_interval(cell)


def _keep_interval(cell: Tag) -> None:
    text = cell.string.strip() if cell.string else ""
    if _SHORT.fullmatch(text):
        cell["class"] = [*cell["class"], "interval"]
    found = _INTERVAL.fullmatch(text)
    if found:
        whole = Tag(name="span", attrs={"class": "interval"})
        whole.string = found[2]
        cell.clear()
        cell.extend([found[1] + " ", whole])


def _fit(table: Tag) -> None:
    """Say which tables are to be set closer, and which have one column of names."""
    rows = table.tbody.find_all("tr")
    if max((len(row.find_all("td")) for row in rows), default=0) >= _WIDE:
        table["class"].append("wide")
        for head in table.thead.find_all("th"):
            if head.string:
                head.string = " ".join(_BREAKS.get(word, word) for word in head.string.split())
    if rows and all(len(row.find_all("th")) == 1 for row in rows):
        table["class"].append("named")


def tidy_tables(app, doctree, docname) -> None:
    """Tidy the tables of all cells of a page."""
    for part in doctree.findall(nodes.raw):
        text = part.astext()
        if "html" in part.get("format", "") and "<table" in text and "<script" not in text:
            part.children = [nodes.Text(tidy(text))]


def setup(app):
    app.connect("doctree-resolved", tidy_tables)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
