"""Small models for the tests of iWMM."""

from itertools import product

import numpy as np

from semlib.wafer._iwmm_chain import Model
from semlib.wafer._iwmm_mixture import MixturePrior

THETA = np.log([1.3, 0.8, 0.05])


def prior(q, r=0.3, nu=None, eta=0.7):
    return MixturePrior(q, r, q + 1.5 if nu is None else nu, eta)


def points(n, q, d=2, seed=0):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, q)), rng.normal(size=(n, d))


def model(y, q, **of_prior):
    return Model(y, prior(q, **of_prior), np.array([0, 1.0, -3]), np.array([1, 0.5, 2]))


def partitions(n):
    """All assignments of n points to components numbered by their first point."""
    for z in product(range(n), repeat=n):
        if all(label <= max(z[:i], default=-1) + 1 for i, label in enumerate(z)):
            yield np.array(z)
