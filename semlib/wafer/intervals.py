"""How sure a mean over wafer maps is: the interval in which other maps of the kind would have left it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import bootstrap


class Interval(NamedTuple):
    """A mean, the ends of its confidence interval, and the number of maps behind it."""

    mean: float
    low: float
    high: float
    n: int


def mean_interval(
    values: ArrayLike, *, resamples: int = 1000, seed: int = 0, confidence: float = 0.95
) -> Interval:
    """Return the mean over maps and its bootstrap interval (percentiles of the means of redrawn maps).

    For a comparison of two methods on the same maps pass the differences, map by map: the interval is then
    paired, and far narrower than those of the two means. Equal values give an interval of no width; that says
    that these maps agree, not that all would.

    Parameters
    ----------
    values : array_like of float, shape (n,)
        One value a map; NaN where it is not defined, which is left out.
    resamples : int, default 1000
    seed : int, default 0
    confidence : float, default 0.95

    Returns
    -------
    Interval
        All NaN where no value is defined; ``low`` and ``high`` NaN where there is but one.

    Raises
    ------
    ValueError
        ``values`` is not one row of numbers, or holds infinity.
    """
    array = np.asarray(values, float)
    if array.ndim != 1 or np.isinf(array).any():
        raise ValueError(f"values has shape {array.shape}; pass one finite number a map, or NaN")
    if not 0 < confidence < 1 or resamples < 1:
        raise ValueError(f"confidence={confidence} must be between 0 and 1, resamples={resamples} 1 or more")
    defined = array[~np.isnan(array)]
    n = len(defined)
    if n < 2:
        return Interval(float(defined[0]) if n else np.nan, np.nan, np.nan, n)
    found = bootstrap(
        (defined,),
        np.mean,
        n_resamples=resamples,
        batch=max(1, 2**20 // n),
        confidence_level=confidence,
        method="percentile",
        rng=np.random.default_rng(seed),
    ).confidence_interval
    return Interval(float(defined.mean()), float(found.low), float(found.high), n)
