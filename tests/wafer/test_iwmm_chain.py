"""iWMM's moves draw from what they should: against enumeration, known densities, and physics."""

from itertools import pairwise

import numpy as np
import pytest
from iwmm_made import THETA, model, partitions, points, prior
from scipy import stats

from semlib.wafer._iwmm_chain import Model, chain
from semlib.wafer._iwmm_hmc import State, adapted, hmc_step, leapfrog
from semlib.wafer._iwmm_mixture import gibbs_sweep, log_assignments, log_latent


def test_gibbs_sweeps_draw_partitions_as_often_as_the_joint_says():
    x, p, rng = points(4, 2)[0], prior(2), np.random.default_rng(0)
    joint = {tuple(z): log_latent(x, z, p)[0] + log_assignments(z, p.eta) for z in partitions(4)}
    expected = np.exp(list(joint.values()) - np.logaddexp.reduce(list(joint.values())))
    counts, z, n = dict.fromkeys(joint, 0), np.zeros(4, int), 2500
    for _ in range(n):
        z = gibbs_sweep(x, z, p, rng)
        first = {label: i for i, label in enumerate(dict.fromkeys(z.tolist()))}
        counts[tuple(first[label] for label in z.tolist())] += 1
    found = np.array(list(counts.values())) / n
    # draws in a row resemble each other: twice the error of independent ones
    assert found == pytest.approx(expected, abs=4 * 2 * 0.5 / np.sqrt(n))
    assert np.abs(found - expected).sum() < 0.1


def gaussian(position):
    """Independent coordinates with the standard deviations 1, 2, 3."""
    variance = np.array([1.0, 4.0, 9.0])
    return float(-0.5 * (position**2 / variance).sum()), -position / variance


def energy(state, momentum):
    return -state.value + 0.5 * (momentum**2).sum()


def test_leapfrog_can_be_run_backwards():
    x, y = points(6, 2)
    joint, z = model(y, 2), np.array([0, 1, 0, 1, 0, 0])
    density = lambda at: joint.log_continuous(at, z)  # noqa: E731
    begin = np.concatenate([x.ravel(), THETA])
    momentum = np.random.default_rng(0).normal(size=len(begin))
    end, there = leapfrog(State(begin, *density(begin)), momentum, density, 0.01, 25)
    back, again = leapfrog(end, -there, density, 0.01, 25)
    assert np.abs(end.position - begin).max() > 0.1
    assert back.position == pytest.approx(begin, abs=1e-9)
    assert -again == pytest.approx(momentum, abs=1e-9)


def test_energy_is_kept_the_better_the_smaller_the_step():
    x, y = points(6, 2)
    joint, z = model(y, 2), np.array([0, 1, 0, 1, 0, 0])
    density = lambda at: joint.log_continuous(at, z)  # noqa: E731
    begin = np.concatenate([x.ravel(), THETA])
    momentum = np.random.default_rng(0).normal(size=len(begin))
    state = State(begin, *density(begin))
    errors = []
    for n_steps in (20, 40, 80):
        end, there = leapfrog(state, momentum, density, 0.4 / n_steps, n_steps)
        errors.append(abs(energy(end, there) - energy(state, momentum)))
    assert errors[0] < 0.5
    for coarse, fine in pairwise(errors):
        assert coarse / fine == pytest.approx(4, rel=0.2)  # an error of second order


def test_hmc_draws_from_the_density():
    rng, state, drawn = np.random.default_rng(1), State(np.zeros(3), *gaussian(np.zeros(3))), []
    for _ in range(4000):
        state, _ = hmc_step(state, gaussian, 1.2 * rng.uniform(0.8, 1.2), 5, rng)
        drawn.append(state.position)
    drawn = np.array(drawn)
    assert drawn.mean(axis=0) == pytest.approx(np.zeros(3), abs=0.2)
    assert drawn.std(axis=0) == pytest.approx([1, 2, 3], rel=0.06)
    assert stats.kstest(drawn[::4, 0], "norm").pvalue > 0.01


def test_a_trajectory_out_of_the_density_is_refused():
    def box(position):
        inside = bool(np.abs(position).max() < 1)
        return (0.0 if inside else -np.inf), np.zeros_like(position)

    rng, state = np.random.default_rng(0), State(np.zeros(2), *box(np.zeros(2)))
    drawn = []
    for _ in range(3000):
        state, probability = hmc_step(state, box, 0.5, 2, rng)
        assert probability in (0, 1)
        drawn.append(state.position)
    assert np.abs(drawn).max() < 1
    assert np.std(drawn, axis=0) == pytest.approx([1 / np.sqrt(3)] * 2, rel=0.06)


def test_the_step_grows_and_shrinks_with_acceptance():
    assert adapted(0.1, 1.0, 0) > 0.1 > adapted(0.1, 0.5, 0)
    assert adapted(0.1, 1.0, 0) > adapted(0.1, 1.0, 50) > 0.1
    assert adapted(0.1, 0.8, 3) == 0.1


def test_the_chain_keeps_the_prior_where_nothing_is_observed():
    # observed zeros with a huge fixed noise say nothing: Z must follow the CRP, θ its prior
    n, eta = 4, 1.5
    flat = Model(np.zeros((n, 1)), prior(1, r=1.0, nu=3.0, eta=eta), np.array([0, 0, 18.0]), np.full(3, 0.3))
    z = np.zeros(n, int)
    draws = chain(
        flat,
        np.concatenate([np.linspace(-1, 1, n), flat.theta_mean]),
        z,
        warm_up=200,
        hmc_steps=4,
        rng=np.random.default_rng(0),
    )
    kept = [next(draws) for _ in range(1400)][200:]
    clusters = np.array([draw.z.max() + 1 for draw in kept])
    assert clusters.mean() == pytest.approx(sum(eta / (eta + i) for i in range(n)), abs=0.12)
    theta = np.array([draw.vector[-3:] for draw in kept])
    # the likelihood of zeros is 1/σ to the n-th: it moves the mean of log σ² by −n/2 times the variance
    assert theta.mean(axis=0) == pytest.approx([0, 0, 18 - n / 2 * 0.09], abs=0.06)
    assert theta.std(axis=0) == pytest.approx(np.full(3, 0.3), rel=0.12)
    assert len({draw.step for draw in kept}) == 1
    assert all(np.isfinite(draw.log_joint) for draw in kept)
