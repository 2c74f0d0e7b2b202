"""iWMM's densities, gradients and moves against direct computation: loops, quadrature, enumeration."""

from math import lgamma, log, pi

import numpy as np
import pytest
from iwmm_made import THETA, model, partitions, points, prior
from scipy import integrate, stats

from semlib.wafer._iwmm_gp import JITTER, covariance, log_likelihood
from semlib.wafer._iwmm_mixture import (
    Components,
    log_assignments,
    log_latent,
    posterior,
)

# The Gaussian process


def test_the_likelihood_is_a_product_of_gaussians_over_the_coordinates():
    x, y = points(6, 2, 3)
    alpha, length, noise = np.exp(THETA)
    k = np.empty((6, 6))
    for i, j in np.ndindex(6, 6):
        k[i, j] = alpha * np.exp(-((x[i] - x[j]) ** 2).sum() / (2 * length**2))
        k[i, j] += (noise + JITTER * alpha) * (i == j)
    expected = sum(stats.multivariate_normal.logpdf(column, np.zeros(6), k) for column in y.T)
    assert log_likelihood(x, THETA, y)[0] == pytest.approx(expected, rel=1e-10)


def test_the_covariance_of_two_sets_of_points():
    theta = (2.0, 0.5, 9.0)
    found = covariance(np.array([[0.0], [1.0]]), np.array([[1.0]]), theta)
    assert found == pytest.approx(np.array([[2 * np.exp(-2)], [2.0]]))


@pytest.mark.parametrize("q", [1, 2, 3])
@pytest.mark.parametrize("z", [[0, 0, 0, 0, 0, 0, 0], [0, 1, 0, 2, 1, 0, 1], [0, 1, 2, 3, 4, 5, 6]])
def test_gradients_of_the_log_joint_against_finite_differences(q, z):
    x, y = points(7, q, seed=q)
    joint, z = model(y, q), np.array(z)
    vector = np.concatenate([x.ravel(), THETA])
    _, gradient = joint.log_continuous(vector, z)
    h = 1e-4
    for i, away in enumerate(np.eye(len(vector)) * h):
        ends = [joint.log_joint(vector + side * away, z) for side in (-2, -1, 1, 2)]
        slope = (ends[0] - 8 * ends[1] + 8 * ends[2] - ends[3]) / (12 * h)
        assert gradient[i] == pytest.approx(slope, rel=1e-5, abs=1e-7), f"coordinate {i}"


@pytest.mark.parametrize("log_noise", [-40, -12, 0, 40])
@pytest.mark.parametrize("log_length", [-40, 0, 40])
@pytest.mark.parametrize("size", [0, 1e-9, 1, 1e6])
def test_the_log_joint_is_finite_wherever_hyperparameters_are(size, log_length, log_noise):
    x, y = points(20, 2)
    x[3] = x[4]  # points may coincide
    vector = np.concatenate([size * x.ravel(), [40, log_length, log_noise]])
    value, gradient = model(y, 2).log_continuous(vector, np.arange(20) % 3)
    assert np.isfinite(value)
    assert np.isfinite(gradient).all()


def test_beyond_it_the_density_is_zero_and_not_an_error():
    x, y = points(5, 2)
    for bad in ([41, 0, 0], [0, np.nan, 0], [0, 0, np.inf]):
        assert model(y, 2).log_continuous(np.concatenate([x.ravel(), bad]), np.zeros(5, int))[0] == -np.inf
    assert log_likelihood(x * np.inf, THETA, y)[0] == -np.inf


# The infinite mixture


def test_the_density_of_one_point_against_quadrature():
    # in one dimension the Wishart is a gamma distribution: R has the shape ν/2 and the rate S/2
    one = prior(1, r=0.4, nu=2.5)

    def over_means(x, precision):
        # N(x | μ, 1/R) N(μ | 0, 1/rR) dμ
        return stats.norm.pdf(x, 0, np.sqrt((1 + 1 / one.r) / precision))

    for x in (0.0, 0.7, -3.0):
        by_hand, _ = integrate.quad(
            lambda p, x=x: over_means(x, p) * stats.gamma.pdf(p, one.nu / 2, scale=2), 0, np.inf
        )
        assert log_latent(np.array([[x]]), np.array([0]), one)[0] == pytest.approx(log(by_hand), rel=1e-7)


def test_the_density_of_two_points_in_one_component_against_quadrature():
    one, x = prior(1, r=0.4, nu=2.5), (0.3, -1.1)
    gamma = stats.gamma(one.nu / 2, scale=2).pdf

    def density(mean, precision):
        wide = 1 / np.sqrt(precision)
        given = stats.norm.pdf(x[0], mean, wide) * stats.norm.pdf(x[1], mean, wide)
        return given * stats.norm.pdf(mean, 0, wide / np.sqrt(one.r)) * gamma(precision)

    precisions, weights = np.polynomial.laguerre.laggauss(60)
    means = np.linspace(-40, 40, 16001)
    grid = [np.trapezoid(density(means, p), means) * np.exp(p) for p in precisions]
    by_hand = (weights * grid).sum()
    found = log_latent(np.array(x)[:, None], np.zeros(2, int), one)[0]
    assert found == pytest.approx(log(by_hand), rel=1e-4)


def test_the_density_in_the_plane_against_the_mean_over_drawn_components():
    two, rng = prior(2, r=0.5, nu=4.0), np.random.default_rng(0)
    x = np.array([[0.4, -0.2], [0.1, 0.9]])
    precisions = stats.wishart.rvs(two.nu, np.eye(2), 60_000, random_state=rng)
    roots = np.linalg.cholesky(np.linalg.inv(precisions))
    means = (roots @ rng.normal(size=(len(roots), 2, 1)))[:, :, 0] / np.sqrt(two.r)
    about = x[None] - means[:, None]
    exponent = -0.5 * np.einsum("snq,sqp,snp->s", about, precisions, about)
    drawn = np.exp(exponent) * np.linalg.det(precisions) / (2 * pi) ** 2  # |R|^(½ · 2 points)
    error = drawn.std() / drawn.mean() / np.sqrt(len(drawn))
    assert np.exp(log_latent(x, np.zeros(2, int), two)[0]) == pytest.approx(drawn.mean(), rel=4 * error)
    assert error < 0.012


def test_the_density_as_the_paper_writes_it():
    two, (x, _) = prior(2), points(6, 2)
    z = np.array([0, 1, 0, 0, 1, 0])
    expected = 0.0
    for c in (0, 1):
        own = x[z == c]
        n = len(own)
        r_c, nu_c = two.r + n, two.nu + n
        u_c = own.sum(axis=0) / r_c
        s_c = np.eye(2) + own.T @ own - r_c * np.outer(u_c, u_c)
        expected += -n * log(pi) + log(two.r / r_c) - nu_c / 2 * log(np.linalg.det(s_c))
        expected += sum(lgamma((nu_c + 1 - q) / 2) - lgamma((two.nu + 1 - q) / 2) for q in (1, 2))
        assert posterior(own, two)[0] == pytest.approx(u_c)
        assert posterior(own, two)[1] == pytest.approx(s_c)
    assert log_latent(x, z, two)[0] == pytest.approx(expected, rel=1e-12)


def test_the_prior_of_all_assignments_sums_to_one():
    assert sum(np.exp(log_assignments(z, 0.7)) for z in partitions(5)) == pytest.approx(1)
    # three points together: 1/(1 + η) that the second joins the first, 2/(2 + η) that the third joins them
    assert np.exp(log_assignments(np.zeros(3, int), 0.7)) == pytest.approx(1 / 1.7 * 2 / 2.7)


@pytest.mark.parametrize("q", [1, 2, 3])
def test_gibbs_conditionals_are_those_of_the_joint(q):
    x, _ = points(6, q)
    x[2] *= 1e4  # far out: its removal leaves only rounding of the update by rank one
    z, p = np.array([0, 1, 0, 2, 1, 0]), prior(q)
    components = Components(x, z, p)
    for n in range(6):
        components.take_out(n)
        weights = components.log_weights(n)
        rows = np.flatnonzero(np.isfinite(weights))
        expected = []
        for row in rows:
            there = z.copy()
            there[n] = row
            there = np.unique(there, return_inverse=True)[1]
            expected.append(log_latent(x, there, p)[0] + log_assignments(there, p.eta))
        found = weights[rows] - np.logaddexp.reduce(weights[rows])
        assert found == pytest.approx(expected - np.logaddexp.reduce(expected), abs=1e-6)
        assert len(rows) == len(set(np.delete(z, n))) + 1
        components.put(n, z[n])


# The joint


def test_the_log_joint_is_the_sum_of_its_four_parts():
    x, y = points(5, 2)
    joint, z = model(y, 2), np.array([0, 1, 0, 0, 1])
    of_theta = stats.norm.logpdf(THETA, joint.theta_mean, joint.theta_sd).sum()
    expected = log_likelihood(x, THETA, y)[0] + log_latent(x, z, joint.mixture)[0]
    expected += log_assignments(z, joint.mixture.eta) + of_theta
    assert joint.log_joint(np.concatenate([x.ravel(), THETA]), z) == pytest.approx(expected, rel=1e-12)


def test_the_log_joint_does_not_depend_on_the_order_of_points_the_names_or_a_turn():
    x, y = points(8, 2)
    z = np.array([0, 1, 0, 2, 1, 0, 2, 2])
    vector = np.concatenate([x.ravel(), THETA])
    expected = model(y, 2).log_joint(vector, z)
    order = np.random.default_rng(0).permutation(8)
    mixed = np.concatenate([x[order].ravel(), THETA])
    assert model(y[order], 2).log_joint(mixed, z[order]) == pytest.approx(expected, rel=1e-12)
    assert model(y, 2).log_joint(vector, np.array([2, 0, 1])[z]) == pytest.approx(expected, rel=1e-12)
    turn = np.array([[0.6, -0.8], [0.8, 0.6]])
    turned = np.concatenate([(x @ turn).ravel(), THETA])
    assert model(y @ turn.T, 2).log_joint(turned, z) == pytest.approx(expected, rel=1e-12)
