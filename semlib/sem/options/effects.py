"""How much the open points of paper 1 move: ranges, rankings, and a form that a record can keep."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from semlib.sem.options.open_points import METHODS, OPTIONS, ROWS, SSL

SCORES = ("silhouette", "nmi", "ami", "ari")


def by_value(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the mean over training seeds, a row for each option, value and method.

    Parameters
    ----------
    frame : DataFrame
        From :func:`semlib.sem.options.one_factor.one_factor`.

    Returns
    -------
    DataFrame
        Its columns without ``seed``, in the order of the first appearance.
    """
    keys = ["option", "value", "is_default", "method"]
    return frame.groupby(keys, sort=False)[_scores(frame)].mean().reset_index()


def ranges(frame: pd.DataFrame, score: str = "silhouette") -> pd.DataFrame:
    """Return how far each option moves each method: the largest score less the smallest over its values.

    Parameters
    ----------
    frame : DataFrame
        From :func:`semlib.sem.options.one_factor.one_factor`.
    score : str, default "silhouette"

    Returns
    -------
    DataFrame
        A row an option that can move this score, the largest movement first; a column a method, NaN where
        the option cannot change it.
    """
    if score not in _scores(frame):
        raise ValueError(f"score={score!r} is unknown here; choose from {', '.join(_scores(frame))}")
    means = by_value(frame[[score in _moves(name) for name in frame.option]])
    grouped = means.groupby(["option", "method"], sort=False)[score]
    table = (grouped.max() - grouped.min()).unstack()
    table = table[[method for method in frame.method.unique() if method in table]]
    return table.loc[table.max(axis=1).sort_values(ascending=False, kind="stable").index]


def rankings(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the ranking of the paper's five methods by silhouette under each single change of an option.

    Only the methods that an option can change get new scores; the others keep theirs.

    Parameters
    ----------
    frame : DataFrame
        From :func:`semlib.sem.options.one_factor.one_factor`, with all five methods.

    Returns
    -------
    DataFrame
        A row for "default", then one for each other value of each option that can move the silhouette and one
        of the five; index ``option, value``. Columns: the silhouette of each method in the frame; ``order``
        of the five (best first, joined by " > "), ``changed`` (not the default's order), ``first`` of the
        five, ``ssl_first``, and ``control_above``: one of the frame's other methods is not below the paper's.

    Raises
    ------
    ValueError
        If one of the five methods is not in the frame.
    """
    means = by_value(frame)
    default = means[means.option == "default"].set_index("method").silhouette
    if missing := [method for method in METHODS if method not in default]:
        raise ValueError(f"frame lacks {', '.join(missing)}; rankings need all of {', '.join(METHODS)}")
    rows = {("default", ""): default}
    for (name, value), part in means[~means.is_default].groupby(["option", "value"], sort=False):
        new = part.set_index("method").silhouette
        if "silhouette" in _moves(name) and new.index.isin(METHODS).any():
            rows[name, value] = pd.concat([default.drop(new.index), new])[default.index]
    table = pd.DataFrame(rows).T.rename_axis(["option", "value"])
    table.columns.name = None
    five = table[list(METHODS)]
    order = five.apply(lambda row: " > ".join(row.sort_values(ascending=False, kind="stable").index), axis=1)
    first = five.idxmax(axis=1)
    return table.assign(
        order=order,
        changed=order != order.iloc[0],
        first=first,
        ssl_first=first == SSL,
        control_above=table.drop(columns=list(METHODS)).max(axis=1) >= table[SSL],
    )


def to_record(frame: pd.DataFrame, digits: int = 4) -> dict[str, dict]:
    """Return a frame of one_factor as nested plain values, one entry an option, as JSON can keep.

    ``{option: {method: {value: {seed: [silhouette, nmi, ami, ari]}}}}``; without labels only the silhouette.
    """
    record: dict[str, dict] = {}
    columns = _scores(frame)
    for row in frame.to_dict("records"):
        numbers = [None if pd.isna(row[c]) else round(float(row[c]), digits) for c in columns]
        values = record.setdefault(row["option"], {}).setdefault(row["method"], {})
        values.setdefault(row["value"], {})[str(row["seed"])] = numbers
    return record


def from_record(record: Mapping[str, Mapping]) -> pd.DataFrame:
    """Return the frame that :func:`to_record` was given, up to rounding; rows are in the order of OPTIONS.

    A JSON file may have its entries in another order.
    """
    rows = [
        {
            "option": option,
            "value": value,
            "is_default": option == "default" or value == OPTIONS[option].default,
            "method": method,
            "seed": int(seed),
            **dict(zip(SCORES, numbers, strict=False)),
        }
        for option, methods in record.items()
        for method, values in methods.items()
        for value, seeds in values.items()
        for seed, numbers in seeds.items()
    ]
    known = {(name, v): i for name, o in OPTIONS.items() for i, v in enumerate(o.values)}
    names = ["default", *OPTIONS]
    rows.sort(
        key=lambda row: (
            names.index(row["option"]),
            known.get((row["option"], row["value"]), len(known)),
            ROWS.index(row["method"]),
            row["seed"],
        )
    )
    return pd.DataFrame(rows)


def _scores(frame: pd.DataFrame) -> list[str]:
    return [score for score in SCORES if score in frame]


def _moves(name: str) -> tuple[str, ...]:
    return OPTIONS[name].moves if name in OPTIONS else ()
