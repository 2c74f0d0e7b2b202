"""The results of the study of recognition as plain numbers, so that a record can hold them, and back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from semlib.wafer._recognition_data import RAW
from semlib.wafer._recognition_result import Recognition

_RUNS = ["model", "filter", "seed", "f1", "low", "high"]
_FILTERS = ["f1", "low", "high", "gain", "gain_low", "gain_high", "verdict"]


@dataclass(frozen=True, eq=False)
class Summary:
    """The tables of a `semlib.wafer.recognition.Recognition`.

    Attributes
    ----------
    runs, filters : DataFrame
        Of its ``scores``.
    by_class, by_count : DataFrame
        Of the network.
    by_pattern : dict of str to DataFrame
        Of the network.
    changed : DataFrame
        A row a filter: test maps that every seed's network has right on raw maps and wrong on filtered ones,
        ``lost``, and the reverse, ``won``.
    n_test : int
        Test maps.
    """

    runs: pd.DataFrame
    filters: pd.DataFrame
    by_class: pd.DataFrame
    by_count: pd.DataFrame
    by_pattern: dict[str, pd.DataFrame]
    changed: pd.DataFrame
    n_test: int


def to_record(found: Recognition, *, resamples: int = 1000) -> dict[str, Any]:
    """Return the tables as lists and numbers, rounded to five places; None for NaN."""
    runs, filters = found.scores(resamples=resamples)
    return {
        "runs": [_plain(row) for row in runs[_RUNS].itertuples(index=False)],
        "filters": [[*row[0], *_plain(row[1:])] for row in filters[_FILTERS].itertuples(name=None)],
        "by_class": _table(found.by_class()),
        "by_count": _table(found.by_count()),
        "by_pattern": {name: _table(table) for name, table in found.by_pattern().items()},
        "changed": {
            name: [len(places) for places in found.disagreements(name)]
            for name in found.filters
            if name != RAW
        },
        "n_test": len(found.test),
    }


def from_record(record: dict[str, Any]) -> Summary:
    """Read what `to_record` returned, also after JSON."""
    filters = pd.DataFrame(record["filters"], columns=["model", "filter", *_FILTERS])
    gains = ["gain", "gain_low", "gain_high"]
    filters[gains] = filters[gains].astype(float)
    return Summary(
        runs=pd.DataFrame(record["runs"], columns=_RUNS),
        filters=filters.set_index(["model", "filter"]),
        by_class=_read(record["by_class"]),
        by_count=_read(record["by_count"]),
        by_pattern={name: _read(table) for name, table in record["by_pattern"].items()},
        changed=pd.DataFrame(record["changed"], index=["lost", "won"]).T,
        n_test=record["n_test"],
    )


def _plain(values) -> list:
    numbers = [v.item() if isinstance(v, np.generic) else v for v in values]
    return [(None if np.isnan(v) else round(v, 5)) if isinstance(v, float) else v for v in numbers]


def _table(table: pd.DataFrame) -> dict[str, list]:
    """Rows and columns as lists: a record sorts the keys of mappings."""
    rows = [_plain(row) for row in table.to_numpy()]
    columns = [c.item() if isinstance(c, np.generic) else c for c in table.columns]
    return {"index": list(table.index), "columns": columns, "data": rows}


def _read(table: dict[str, list]) -> pd.DataFrame:
    return pd.DataFrame(table["data"], index=table["index"], columns=table["columns"])
