"""The benchmark of the comparators: every method at a value that it has, and ratios to NPFC."""

import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "benchmarks"))
import wafer_comparators as bench

from semlib.wafer.comparators import COMPARATORS


def test_every_method_is_timed_at_a_value_of_its_grid():
    assert set(bench.VALUES) == set(COMPARATORS) | {"NPFC, in brief"}
    for name, value in bench.VALUES.items():
        assert value in bench.METHODS[name].values


def test_ratios_are_taken_within_a_round(monkeypatch):
    monkeypatch.setattr(bench, "VALUES", {"do nothing": "", "NPFC": "", "iWMM after connecting path": "1"})
    # two maps to warm up, then three rounds on four, NPFC beside iWMM, and iWMM on two
    clock = {"do nothing": [9, 1, 4, 9], "NPFC": [9, 2, 4, 3, 2], "iWMM after connecting path": [60]}
    monkeypatch.setattr(bench, "seconds", lambda name, maps: clock[name].pop(0))
    rows = bench.table([np.ones((2, 2))] * 4, rounds=3, slow_maps=2)
    assert rows["do nothing"]["times_npfc"] == 1
    assert rows["do nothing"]["times_npfc_range"] == [0.5, 3]
    assert rows["NPFC"]["ms_per_map"] == pytest.approx(1000 * 2 / 4)
    assert rows["NPFC"]["times_npfc"] == 1
    slow = rows["iWMM after connecting path"]
    assert (slow["maps"], slow["ms_per_map"], slow["times_npfc"]) == (2, 30_000, pytest.approx(30 / 0.5))
