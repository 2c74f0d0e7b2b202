"""The rules of the verdicts: each outcome from numbers whose intervals are known."""

import json

import numpy as np
import pytest

from semlib.sem.claims.verdict import better, claim_row, difference, every, unaffected, untestable

HIGH, LOW = [0.50, 0.52, 0.54], [0.10, 0.11, 0.15]


def test_difference_is_paired():
    # 1, 1, 1: no spread, though both sides vary
    assert difference([5, 7, 9], [4, 6, 8]) == (1, 1, 1)
    mean, low, high = difference([1.0, 2.0, 3.0], 0)
    # t(0.975, 2) = 4.3027; s = 1
    assert (mean, low, high) == pytest.approx((2, 2 - 4.3027 / 3**0.5, 2 + 4.3027 / 3**0.5), abs=1e-3)


def test_better_needs_every_control():
    assert better(HIGH, {"untrained": LOW}) == ("holds", "better than untrained")
    assert better(LOW, {"untrained": HIGH}) == ("does not hold", "worse than untrained")
    assert better(LOW, {"untrained": HIGH}, larger=False).verdict == "holds"
    mixed = better(HIGH, {"untrained": LOW, "mean grey": 0.9, "chance": 0.5})
    assert mixed == (
        "does not hold",
        "better than untrained; no difference shown to chance; worse than mean grey",
    )


def test_equal_values_are_no_difference():
    assert better([1, 1, 1], {"grey": 1.0}) == ("not shown", "no difference shown to grey")


def test_unaffected_needs_evidence_of_sameness():
    base = np.array([0.50, 0.52, 0.48])
    assert unaffected(base + np.array([0.00, 0.01, -0.01]), base, margin=0.05).verdict == "holds"
    # a real but harmless difference still counts as none
    assert unaffected(base + 0.02, base, margin=0.05).verdict == "holds"
    assert unaffected(base - [0.20, 0.21, 0.22], base, margin=0.05).verdict == "does not hold"
    wide = unaffected(base + np.array([0.3, -0.3, 0.1]), base, margin=0.05)
    assert wide.verdict == "cannot be tested here"
    assert "too wide" in wide.why


def test_a_claim_is_as_strong_as_its_weakest_part():
    good, bad, open_ = better(HIGH, {"a": LOW}), better(LOW, {"a": HIGH}), untestable("no data")
    assert every({"x": good, "y": good}).verdict == "holds"
    assert every({"x": good, "y": bad, "z": open_}) == ("does not hold", "y: worse than a")
    same = better(HIGH, {"b": 0.52})
    assert every({"x": good, "y": same, "z": open_}) == ("not shown", "y: no difference shown to b")
    assert every({"x": same, "y": bad}) == ("does not hold", "y: worse than a")
    assert every({"x": good, "z": open_}) == ("cannot be tested here", "z: no data")


def test_rows_are_plain_and_say_what_they_hold():
    row = claim_row("5.4", "words", "recall", better(HIGH, {"a": LOW}), trained=HIGH, untrained=0.111)
    assert json.loads(json.dumps(row)) == row
    assert (row["trained"], row["untrained"], row["untrained_low"]) == (0.52, 0.11, 0.11)
    assert row["trained_low"] < 0.5 < 0.54 < row["trained_high"]
    assert row["verdict"] == "holds"
    empty = claim_row("5.5", "words", "–", untestable("no data"))
    assert empty["trained"] is empty["untrained_high"] is None


def test_refusals():
    with pytest.raises(ValueError, match="controls is empty"):
        better(HIGH, {})
    with pytest.raises(ValueError, match=r"values has shape \(3,\) and the control \(2,\)"):
        better(HIGH, {"a": [1, 2]})
    with pytest.raises(ValueError, match="margin=0 must be positive"):
        unaffected(HIGH, LOW, margin=0)
    with pytest.raises(ValueError, match="verdicts is empty"):
        every({})
