"""Whether chains of iWMM agree: R-hat by hand, chains that do and that do not; and the sampler as a whole."""

from dataclasses import replace

import numpy as np
import pytest
from iwmm_made import prior
from scipy import stats

from semlib.wafer import _iwmm_chain
from semlib.wafer._iwmm_chain import Model, chain
from semlib.wafer._iwmm_gp import JITTER, covariance
from semlib.wafer.iwmm_chains import agreement, fit_chains, split_rhat


@pytest.fixture(scope="module")
def fits():
    """Three short chains on two round groups far apart."""
    points = np.random.default_rng(0).normal(size=(14, 2))
    points[6:] += [20, 0]
    return fit_chains(points, 3, seed=5, n_iter=60, progress=False)


def test_split_rhat_by_hand():
    # halves (0, 2), (2, 4), (1, 3), (3, 5): variances 2; means 1, 3, 2, 4, variance 5/3
    expected = np.sqrt(1 / 2 + 5 / 3 / 2)
    assert split_rhat([[0, 2, 2, 4], [1, 3, 3, 5]]) == pytest.approx(expected)
    assert split_rhat([[9, 0, 2, 2, 4], [9, 1, 3, 3, 5]]) == pytest.approx(expected)  # an odd first one goes


def test_rhat_of_chains_that_agree_drift_or_stay_apart():
    rng = np.random.default_rng(0)
    same = rng.normal(size=(4, 400))
    assert split_rhat(same) == pytest.approx(1, abs=0.02)
    assert split_rhat(same + np.arange(4)[:, None]) > 1.3
    assert split_rhat(same + np.linspace(0, 3, 400)) > 1.2  # all drift alike: only the halves tell
    assert split_rhat(np.ones((2, 8))) == 1
    assert split_rhat([[1] * 4, [2] * 4]) == np.inf
    with pytest.raises(ValueError, match=r"chains has shape \(2, 3\); pass \(m, N\)"):
        split_rhat(np.ones((2, 3)))


def test_chains_differ_by_their_seed_and_agree_on_the_groups(fits):
    assert len({fit.log_joint[-1] for fit in fits}) == 3
    found = agreement(fits)
    assert found.ari.tolist() == np.ones((3, 3)).tolist()
    assert found.mean_ari == 1
    assert found.together < 0.2
    assert found.rhat_log_joint == split_rhat([fit.log_joint[30:] for fit in fits])
    assert found.rhat_components == split_rhat([fit.components[30:] for fit in fits])


def test_chains_that_cluster_otherwise_do_not_agree(fits):
    n = len(fits[0].labels)
    other = replace(fits[1], labels=np.arange(n) % 2, kept_labels=np.tile(np.arange(n) % 2, (60, 1)))
    one = replace(fits[0], kept_labels=np.tile(fits[0].labels, (60, 1)))
    found = agreement([one, other])
    assert found.mean_ari < 0.1
    same = [z[:, None] == z for z in (one.labels, other.labels)]
    pairs = np.triu_indices(n, 1)
    assert found.together == pytest.approx((same[0] != same[1])[pairs].mean())


def test_what_cannot_be_compared_is_refused(fits):
    with pytest.raises(ValueError, match="fits holds 1 chains; pass at least 2"):
        agreement(fits[:1])
    with pytest.raises(ValueError, match=r"fits\[1\] has other points or another length"):
        agreement([fits[0], replace(fits[1], points=fits[1].points + 1)])
    with pytest.raises(ValueError, match="n_chains=1 must be a whole number of at least 2"):
        fit_chains(fits[0].points, 1)


def test_the_whole_sampler_keeps_the_joint_distribution(monkeypatch):
    """Geweke's test: draw points from the model, move the chain a step, again and again. Then all unknowns
    follow their prior, if likelihood, priors, gradients, Gibbs and HMC fit together."""
    monkeypatch.setattr(_iwmm_chain, "_FIRST_STEP", 0.25)
    n, eta, mixture = 4, 1.0, prior(1, r=1.0, nu=6.0, eta=1.0)
    mean, sd = np.array([0, 0.5, -1.0]), np.full(3, 0.5)
    rng = np.random.default_rng(0)
    vector, z = np.concatenate([rng.normal(size=n), mean]), np.zeros(n, int)
    clusters, thetas, inside = [], [], []
    for _ in range(1200):
        x, theta = vector[:n, None], np.exp(vector[n:])
        k = covariance(x, x, theta)
        k[np.diag_indices(n)] = theta[0] * (1 + JITTER) + theta[2]
        y = np.linalg.cholesky(k) @ rng.normal(size=(n, 1))
        draw = next(chain(Model(y, mixture, mean, sd), vector, z, warm_up=0, hmc_steps=6, rng=rng))
        vector, z = draw.vector, draw.z
        clusters.append(z.max() + 1)
        thetas.append(vector[n:])
        inside.append(np.abs(vector[:n]) < 0.5)
    assert np.mean(clusters) == pytest.approx(sum(eta / (eta + i) for i in range(n)), abs=0.12)
    assert np.mean(thetas, axis=0) == pytest.approx(mean, abs=0.07)
    assert np.std(thetas, axis=0) == pytest.approx(sd, rel=0.12)
    # one latent point: Student's t with ν degrees of freedom (Q = 1) and the squared scale (1 + 1/r) / ν
    expected = 2 * stats.t.cdf(0.5 / np.sqrt(2 / 6), 6) - 1
    assert np.mean(inside) == pytest.approx(expected, abs=0.04)
