"""Shared silhouettes are scikit-learn's."""

import numpy as np
import pytest
from sklearn.metrics import silhouette_samples

from semlib.sem import _silhouette
from semlib.sem._silhouette import silhouettes

RNG = np.random.default_rng(0)
X = RNG.normal(size=(41, 3))
WHOLE = RNG.integers(0, 4, 41)
PART = np.where(RNG.random(41) < 0.5, RNG.integers(0, 3, 41), -1)
SINGLE = np.r_[0, np.full(20, 1), np.full(20, 2)]


@pytest.mark.parametrize("block", [2**22, 5 * 41, 1])
def test_the_same_as_scikit_learn_for_wholes_and_parts(block, monkeypatch):
    monkeypatch.setattr(_silhouette, "_BLOCK", block)
    whole, part, single = silhouettes(X, [WHOLE, PART, SINGLE])
    np.testing.assert_allclose(whole, silhouette_samples(X, WHOLE), atol=1e-12)
    np.testing.assert_allclose(single, silhouette_samples(X, SINGLE), atol=1e-12)
    here = PART >= 0
    np.testing.assert_allclose(part[here], silhouette_samples(X[here], PART[here]), atol=1e-12)
    assert np.isnan(part[~here]).all()


def test_equal_rows_have_0():
    # In a cluster of twins, beside a twin: both distances are 0, and 0/0 counts as 0.
    x = np.array([[1.0], [1], [1], [1]])
    assert silhouettes(x, [np.array([0, 0, 1, 1])]).tolist() == [[0, 0, 0, 0]]


@pytest.mark.parametrize("clusters", [np.zeros(41, int), np.arange(41), np.where(WHOLE == 0, 0, -1)])
def test_undefined_is_nan(clusters):
    assert np.isnan(silhouettes(X, [clusters])).all()
