"""Verdicts on claims, computed by a stated rule from figures of several seeds. None is typed by hand.

The rules look at 95 % intervals (Student's t) over the seeds of a difference. Where both sides have the same
seeds, as a trained encoder and the untrained one that it started from, they are paired. Such an interval
covers what another training would change, not what other images would.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from semlib.sem.intervals import Interval, seed_interval

HOLDS, NOT_SHOWN, FAILS = "holds", "not shown", "does not hold"
UNTESTED = "cannot be tested here"


class Verdict(NamedTuple):
    """One of "holds", "not shown", "does not hold", "cannot be tested here"; ``why`` says which rule."""

    verdict: str
    why: str


def better(
    values: ArrayLike, controls: Mapping[str, ArrayLike], *, larger: bool = True, confidence: float = 0.95
) -> Verdict:
    """Judge "it is better than …": better than every control, beyond what the seeds explain.

    It holds if for each control the interval of the difference lies wholly on the better side of 0. It does
    not if one control is better, by the same rule. Else it is not shown: the seeds explain the difference.

    Parameters
    ----------
    values : array_like of float, shape (n,)
        One value a seed, at least 2.
    controls : mapping of str to float or array_like, shape (n,)
        One value for what is not random; else one a seed, in the same order.
    larger : bool, default True
        Whether larger values are better.
    confidence : float, default 0.95
    """
    if not controls:
        raise ValueError("controls is empty; pass at least one to compare with")
    reasons = {"better": [], "no difference shown": [], "worse": []}
    for name, control in controls.items():
        _, low, high = difference(values, control, confidence=confidence)
        low, high = (low, high) if larger else (-high, -low)
        reasons["better" if low > 0 else "worse" if high < 0 else "no difference shown"].append(name)
    why = "; ".join(
        f"{reason} {'to' if reason.startswith('no') else 'than'} {', '.join(names)}"
        for reason, names in reasons.items()
        if names
    )
    verdict = FAILS if reasons["worse"] else NOT_SHOWN if reasons["no difference shown"] else HOLDS
    return Verdict(verdict, why)


def unaffected(
    values: ArrayLike, reference: ArrayLike, *, margin: float, confidence: float = 0.95
) -> Verdict:
    """Judge "it is not affected by …": an equivalence, which a mere lack of evidence does not show.

    It holds if the interval of the difference lies wholly within ± ``margin``. It does not if the interval
    excludes 0 and is not within the margin. Else the interval is too wide to tell.

    Parameters
    ----------
    values, reference : array_like of float, shape (n,)
        With and without what should not matter, one value a seed, in the same order.
    margin : float
        What still counts as the same.
    confidence : float, default 0.95
    """
    if not margin > 0:
        raise ValueError(f"margin={margin!r} must be positive: the difference that still counts as none")
    _, low, high = difference(values, reference, confidence=confidence)
    interval = f"difference {low:+.2f} to {high:+.2f}"
    if -margin < low and high < margin:
        return Verdict(HOLDS, f"{interval}, within ±{margin:g}")
    if low > 0 or high < 0:
        return Verdict(FAILS, f"{interval}, without 0")
    return Verdict(UNTESTED, f"{interval}: too wide for ±{margin:g}")


def every(verdicts: Mapping[str, Verdict]) -> Verdict:
    """Join the parts of a claim: it holds if all parts do, does not if one does not, else is not shown."""
    if not verdicts:
        raise ValueError("verdicts is empty; pass at least one part of the claim")
    found = [part.verdict for part in verdicts.values()]
    joined = next(word for word in (FAILS, NOT_SHOWN, UNTESTED, HOLDS) if word in found)
    # the parts that decide; if all hold, all do
    why = "; ".join(f"{name}: {part.why}" for name, part in verdicts.items() if part.verdict == joined)
    return Verdict(joined, why)


def untestable(why: str) -> Verdict:
    """Return "cannot be tested here" with its reason."""
    return Verdict(UNTESTED, why)


def difference(values: ArrayLike, control: ArrayLike, *, confidence: float = 0.95) -> Interval:
    """Return the mean difference of values and a control with its interval over the seeds, paired."""
    values, control = np.asarray(values, dtype=float), np.asarray(control, dtype=float)
    if control.ndim and control.shape != values.shape:
        raise ValueError(
            f"values has shape {values.shape} and the control {control.shape}; pass one value a seed for "
            "both, in the same order, or a single number for the control"
        )
    return seed_interval(values - control, confidence=confidence)


def claim_row(
    section: str,
    quote: str,
    measured: str,
    verdict: Verdict,
    *,
    trained: ArrayLike | None = None,
    untrained: ArrayLike | None = None,
    decimals: int = 2,
) -> dict[str, str | float | None]:
    """Return one row of the table of claims: plain text and numbers, which JSON can hold.

    Parameters
    ----------
    section, quote, measured : str
        Of the paper, its words, and what was measured here (with the direction that is better).
    verdict : Verdict
    trained, untrained : float or array_like, shape (n,), optional
        The figure, one a seed.
    decimals : int, default 2
        Numbers are rounded to these.

    Returns
    -------
    dict
        ``section``, ``quote``, ``measured``, ``trained``, ``trained_low``, ``trained_high``, the same of
        ``untrained``, ``verdict``, ``why``. None where there is no figure.
    """
    row = {"section": section, "quote": quote, "measured": measured}
    for name, values in {"trained": trained, "untrained": untrained}.items():
        found = (None,) * 3
        if values is not None:
            values = np.atleast_1d(np.asarray(values, dtype=float))
            found = seed_interval(values) if len(values) > 1 else (values[0],) * 3
            found = [round(float(x), decimals) for x in found]
        row |= dict(zip((name, f"{name}_low", f"{name}_high"), found, strict=True))
    return row | {"verdict": verdict.verdict, "why": verdict.why}
