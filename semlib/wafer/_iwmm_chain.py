"""iWMM, the Markov chain: Gibbs for the assignments, HMC for the latent points and the kernel, in turn.

Iwata, Duvenaud, Ghahramani (arXiv 1206.1846), section 4.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from semlib.wafer._iwmm_gp import log_likelihood
from semlib.wafer._iwmm_hmc import State, adapted, hmc_step
from semlib.wafer._iwmm_mixture import MixturePrior, gibbs_sweep, log_assignments, log_latent

_FIRST_STEP = 0.02


@dataclass(frozen=True)
class Model:
    """What stays fixed: the observed points and the priors.

    Attributes
    ----------
    y : ndarray, (N, D)
        Standardised points.
    mixture : MixturePrior
    theta_mean, theta_sd : ndarray, (3,)
        Gaussian prior of log α, log ℓ, log σ².
    """

    y: np.ndarray
    mixture: MixturePrior
    theta_mean: np.ndarray
    theta_sd: np.ndarray

    def log_continuous(self, vector: np.ndarray, z: np.ndarray) -> tuple[float, np.ndarray]:
        """Return log p(Y | X, θ) + log p(X | Z) + log p(θ) and its gradient.

        ``vector`` holds X row by row, then log α, log ℓ, log σ². −inf where there is no finite density.
        """
        x, log_theta = self.split(vector)
        value, by_x, by_theta = log_likelihood(x, log_theta, self.y)
        if not np.isfinite(value):
            return -np.inf, np.zeros_like(vector)
        latent, latent_by_x = log_latent(x, z, self.mixture)
        away = (log_theta - self.theta_mean) / self.theta_sd
        prior = -0.5 * (away**2).sum() - np.log(self.theta_sd).sum() - 1.5 * np.log(2 * np.pi)
        gradient = np.concatenate([(by_x + latent_by_x).ravel(), by_theta - away / self.theta_sd])
        return value + latent + float(prior), gradient

    def log_joint(self, vector: np.ndarray, z: np.ndarray) -> float:
        """Return log p(Y, X, Z, θ)."""
        return self.log_continuous(vector, z)[0] + log_assignments(z, self.mixture.eta)

    def split(self, vector: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return X, (N, Q), and log θ, (3,)."""
        return vector[:-3].reshape(len(self.y), self.mixture.q), vector[-3:]


@dataclass(frozen=True)
class Draw:
    """The chain after one iteration."""

    vector: np.ndarray
    z: np.ndarray
    log_joint: float
    accepted: float
    step: float


def chain(
    model: Model,
    vector: np.ndarray,
    z: np.ndarray,
    *,
    warm_up: int,
    hmc_steps: int,
    rng: np.random.Generator,
) -> Iterator[Draw]:
    """Yield the chain's draws, without end.

    In the warm-up the step size is adapted, then it is fixed, but for a factor between 0.8 and 1.2 drawn anew
    each time: with one length for all, a trajectory may come back to where it began.
    """
    iteration, step = 0, _FIRST_STEP
    while True:
        x, _ = model.split(vector)
        z = gibbs_sweep(x, z, model.mixture, rng)
        state = State(vector, *model.log_continuous(vector, z))
        state, probability = hmc_step(
            state,
            lambda at, z=z: model.log_continuous(at, z),
            step * rng.uniform(0.8, 1.2),
            hmc_steps,
            rng,
        )
        vector, used = state.position, step
        if iteration < warm_up:
            step = adapted(step, probability, iteration)
        iteration += 1
        yield Draw(vector, z, state.value + log_assignments(z, model.mixture.eta), probability, used)
