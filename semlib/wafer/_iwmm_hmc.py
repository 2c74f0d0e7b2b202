"""Hamiltonian Monte Carlo: one step, and the adaptation of its step size while the chain warms up."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

#: Takes a position, returns the log density (−inf where there is none) and its gradient.
LogDensity = Callable[[np.ndarray], tuple[float, np.ndarray]]


@dataclass(frozen=True)
class State:
    """A position, the log density there and its gradient."""

    position: np.ndarray
    value: float
    gradient: np.ndarray


def leapfrog(
    state: State, momentum: np.ndarray, log_density: LogDensity, step: np.ndarray | float, n_steps: int
) -> tuple[State, np.ndarray]:
    """Follow Hamilton's equations for unit masses; stop early where the log density is not finite."""
    for _ in range(n_steps):
        momentum = momentum + 0.5 * step * state.gradient
        position = state.position + step * momentum
        state = State(position, *log_density(position))
        if not np.isfinite(state.value):
            break
        momentum = momentum + 0.5 * step * state.gradient
    return state, momentum


def hmc_step(
    state: State,
    log_density: LogDensity,
    step: np.ndarray | float,
    n_steps: int,
    rng: np.random.Generator,
) -> tuple[State, float]:
    """Draw a momentum, follow it, and accept the end or stay (Metropolis).

    Parameters
    ----------
    state : State
    log_density : callable
    step : float or ndarray
        Size of a leapfrog step, for all coordinates or for each.
    n_steps : int
    rng : numpy.random.Generator

    Returns
    -------
    state : State
        The new one, or the old one itself.
    probability : float
        With which the end was accepted.
    """
    momentum = rng.normal(size=state.position.shape)
    draw = rng.random()
    end, end_momentum = leapfrog(state, momentum, log_density, step, n_steps)
    if not np.isfinite(end.value):
        return state, 0.0
    gain = end.value - state.value - 0.5 * ((end_momentum**2).sum() - (momentum**2).sum())
    probability = float(np.exp(min(0.0, gain)))
    return (end if draw < probability else state), probability


def adapted(step: float, probability: float, iteration: int, *, target: float = 0.8) -> float:
    """Return the next step size: larger after easy acceptance, smaller after rejection (Robbins and Monro).

    Changes shrink with the iteration. For the warm-up only: a step that follows the chain for ever would
    change what the chain draws from.
    """
    return float(step * np.exp((probability - target) / (1 + iteration) ** 0.6))
