"""Paper 2's tables as it prints them: an arrow for the better direction, the best value in bold."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import numpy as np
import pandas as pd
from pandas.io.formats.style import Styler

from semlib.plots.style import GREY
from semlib.plots.wafer_scores import ARROW
from semlib.wafer.paper_tables import best

_DECIMALS = {"mae": 4, "nmse": 4, "snr": 2, "psnr": 2, "ch": 1}
_NAMES = {"precision": "precision", "recall": "recall", "f1": "F1"}
_CONTROL = f"color: {GREY}; background-color: #f4f4f4"


def header(score: str, better: Mapping[str, str]) -> str:
    """Return a score's name with the arrow of its better direction, such as "MAE ↓"."""
    return f"{_NAMES.get(score, score.upper())} {ARROW[better[score]]}"


def number(value: float, score: str = "") -> str:
    """Return a value of a score as text: "∞" where infinite, "–" where missing."""
    if pd.isna(value):
        return "–"
    if np.isinf(value):
        return "∞" if value > 0 else "−∞"
    return f"{value:.{_DECIMALS.get(score, 3)}f}"


def pairs(table: pd.DataFrame, better: Mapping[str, str], *, name: str) -> Styler:
    """Show a table of single maps, as Tables 3, 5, 6 and 7.

    Parameters
    ----------
    table : DataFrame
        From :func:`semlib.wafer.paper_tables.one_by_one`: columns (score, method).
    better : mapping of str to str
        "smaller" or "larger", by score.
    name : str
        Of the HTML table, so that stored outputs repeat.
    """
    texts = pd.DataFrame(
        {
            (header(score, better), method): table[score, method].map(lambda x, s=score: number(x, s))
            for score, method in table
        }
    )
    return _styled(texts.rename_axis(index=None), best(table, better).to_numpy(), [], name)


def methods(
    table: pd.DataFrame, better: Mapping[str, str], *, name: str, controls: Collection[str] = ()
) -> Styler:
    """Show a table with a line for each method, as Table 2; the best value of each column is bold.

    Parameters
    ----------
    table : DataFrame
        From :func:`semlib.wafer.paper_tables.averages`. Columns that ``better`` does not name are shown as
        they are. With an index of two levels the first names the data, and the best of each data is bold.
    better : mapping of str to str
        "smaller" or "larger", by score.
    name : str
        Of the HTML table, so that stored outputs repeat.
    controls : collection of str
        Methods that are not in the paper; their lines are grey.
    """
    texts = pd.DataFrame(
        {
            header(c, better) if c in better else c: table[c].map(
                (lambda x, s=c: number(x, s)) if c in better else str
            )
            for c in table
        }
    )
    many = isinstance(table.index, pd.MultiIndex)
    groups = table.groupby(level=0, sort=False) if many else [("", table)]
    bold = pd.concat([best(part, better) for _, part in groups]).to_numpy()
    lines = table.index.get_level_values(-1)
    grey = [i for i, method in enumerate(lines) if method in controls]
    return _styled(texts.rename_axis(index=[None] * texts.index.nlevels), bold, grey, name)


def summary(
    data: Mapping[str, tuple[pd.DataFrame, pd.DataFrame]],
    better: Mapping[str, str],
    *,
    name: str,
    average: str = "average",
    count: str = "better on so many maps",
) -> Styler:
    """Show averages of two methods and on how many maps each is better, as Table 2: two lines a data set.

    Parameters
    ----------
    data : mapping of str to (DataFrame, DataFrame)
        By the name of the data: from :func:`semlib.wafer.paper_tables.averages`, and from
        :func:`semlib.wafer.paper_tables.times_better`, whose two methods are the lines, the second first.
    better : mapping of str to str
        "smaller" or "larger", by score.
    name : str
        Of the HTML table, so that stored outputs repeat.
    average, count : str
        Above the columns.
    """
    texts, bold = [], []
    for means, counts in data.values():
        lines = [counts.columns[2], counts.columns[0]]
        values, times = means.loc[lines, list(better)], counts.loc[list(better), lines].T
        text = {(average, header(s, better)): values[s].map(lambda x, s=s: number(x, s)) for s in better}
        texts.append(pd.DataFrame(text | {(count, s.upper()): times[s].map(str) for s in better}))
        larger = dict.fromkeys(better, "larger")
        bold.append(np.hstack([best(values, better), best(times, larger)]))
    return _styled(pd.concat(texts, keys=list(data)), np.vstack(bold), [], name)


def plain(table: pd.DataFrame, *, name: str, bold: np.ndarray | None = None, words: bool = False) -> Styler:
    """Show a table as it is, some cells bold; ``words``: its text is set to the left.

    The index's name stands above the index.
    """
    texts = table.map(lambda x: number(x) if isinstance(x, float) else str(x))
    texts = texts.rename_axis(index=None, columns=table.index.name)
    if words:  # "9 of 12" is not broken
        texts = texts.map(lambda text: text.replace(" ", "\N{NO-BREAK SPACE}") if len(text) < 12 else text)
    empty = np.zeros(table.shape, bool)
    bold = empty if bold is None else np.asarray(bold, bool)
    return _styled(texts, bold, [], name, align="left" if words else "right")


def _styled(
    texts: pd.DataFrame, bold: np.ndarray, grey: list[int], name: str, *, align: str = "right"
) -> Styler:
    css = np.where(bold, "font-weight: bold", "").astype(object)
    for i in grey:
        css[i] = [f"{one}; {_CONTROL}".lstrip("; ") for one in css[i]]
    # narrow, so that ten columns of numbers fit the page
    styles = [
        {"selector": "th, td", "props": "padding: 0.2em 0.5em"},
        {"selector": "td", "props": f"text-align: {align}; vertical-align: top"},
        {"selector": "th.col_heading", "props": f"text-align: {'left' if align == 'left' else 'center'}"},
        {"selector": "th.row_heading", "props": "text-align: left; vertical-align: top"},
    ]
    styler = texts.style.apply(lambda _: css, axis=None).set_uuid(name).set_table_styles(styles)
    return styler.set_table_attributes('class="dataframe"')  # the book's look of tables
