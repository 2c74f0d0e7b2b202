"""The drift test: energy by hand, false alarms near the level, power where there is drift."""

import numpy as np
import pytest

from semlib.sem.claims.drift import alarm_rate, energy_test


def slow_energy(x, y):
    """Energy distance from its definition, pair by pair."""
    pairs = lambda a, b: np.mean([np.linalg.norm(i - j) for i in a for j in b])  # noqa: E731
    return 2 * pairs(x, y) - pairs(x, x) - pairs(y, y)


def test_energy_by_hand_and_by_definition():
    # 0, 0 against 1, 1: 2·1 − 0 − 0
    assert energy_test([[0.0], [0.0]], [[1.0], [1.0]]).energy == pytest.approx(2)
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(7, 3)), rng.normal(1, 2, size=(11, 3))
    assert energy_test(x, y).energy == pytest.approx(slow_energy(x, y))
    assert energy_test(x, x).energy == pytest.approx(0, abs=1e-12)


def test_p_value_counts_permutations():
    # Two pairs far apart: of the 6 splits, 2 are as extreme as the own. Many draws come near 1/3.
    far = energy_test([[0.0], [0.1]], [[9.0], [9.1]], n_permutations=2999)
    assert far.p_value == pytest.approx(1 / 3, abs=0.03)
    assert energy_test(np.zeros((9, 1)), np.ones((9, 1)), n_permutations=99).p_value == 0.01
    assert energy_test(np.ones((4, 2)), np.ones((4, 2)), n_permutations=19).p_value == 1


def test_false_alarms_come_at_the_nominal_rate():
    alarms = []
    for seed in range(400):
        x, y = np.random.default_rng(seed).normal(size=(2, 15, 4))
        alarms.append(energy_test(x, y, n_permutations=39, seed=seed).p_value <= 0.05)
    assert np.mean(alarms) == pytest.approx(0.05, abs=0.03)


def test_alarm_rate_without_and_with_drift():
    x = np.random.default_rng(0).normal(size=(160, 3))
    quiet = alarm_rate(x, x, window=30, repeats=300)
    assert quiet.low <= 0.05 <= quiet.high
    assert quiet.rate < 0.1
    loud = alarm_rate(x, x + 1.5, window=30, repeats=50)
    assert loud.rate == 1
    some = alarm_rate(x, x + 0.3, window=30, repeats=100)
    assert quiet.high < some.rate < 1


def test_alarm_rate_sees_another_mix_by_its_weights():
    rng = np.random.default_rng(1)
    rare = np.arange(200) < 20
    x = rng.normal(size=(200, 2)) + 6 * rare[:, None]
    more = alarm_rate(x, x, window=25, repeats=60, stream_weights=np.where(rare, 30, 1))
    assert more.rate > 0.5
    assert alarm_rate(x, x, window=25, repeats=60, stream_weights=np.full(200, 7.0)).rate < 0.15


def test_refusals():
    x = np.zeros((10, 2))
    with pytest.raises(ValueError, match="window=6, but half of the 10 images are 5"):
        alarm_rate(x, x, window=6)
    with pytest.raises(ValueError, match=r"level=0.005 cannot be reached with n_permutations=99"):
        alarm_rate(x, x, window=4, level=0.005)
    with pytest.raises(ValueError, match=r"row i of both must be image i"):
        alarm_rate(x, x[:9], window=4)
    with pytest.raises(ValueError, match="stream_weights must hold 10 numbers of at least 0"):
        alarm_rate(x, x, window=4, stream_weights=-np.ones(10))
    with pytest.raises(ValueError, match="pass the same columns, and at least two rows each"):
        energy_test(x, x[:1])
