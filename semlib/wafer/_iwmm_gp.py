"""iWMM, from the latent points to the observed ones: the GP latent variable model and its gradient.

Iwata, Duvenaud, Ghahramani (arXiv 1206.1846): each coordinate of the observed points is a Gaussian process of
the latent ones, and the processes are integrated out.
"""

from __future__ import annotations

import numpy as np
from scipy.linalg.lapack import dpotrf, dpotri

#: Share of the signal's variance that is added to the diagonal. It belongs to the model, so that value and
#: gradient agree; with it the covariance is positive definite for any points, also for some that coincide.
JITTER = 1e-6

#: Beyond this size of a log hyperparameter the density counts as zero; only diverging trajectories get there.
LOG_LIMIT = 40.0


def covariance(a: np.ndarray, b: np.ndarray, theta: np.ndarray) -> np.ndarray:
    """Return ``α exp(−‖a − b‖² / 2ℓ²)`` of each a with each b, without noise; θ = (α, ℓ, σ²)."""
    alpha, length, _ = theta
    a, b = a / length, b / length
    squared = (a**2).sum(axis=1)[:, None] + (b**2).sum(axis=1) - 2 * a @ b.T
    return alpha * np.exp(-0.5 * np.maximum(squared, 0))


def log_likelihood(
    x: np.ndarray, log_theta: np.ndarray, y: np.ndarray
) -> tuple[float, np.ndarray, np.ndarray]:
    """Return log p(Y | X, θ) and its gradients.

    ``log p = −D/2 log|K| − ½ tr(Yᵀ K⁻¹ Y) − DN/2 log 2π`` with
    ``K_nm = α exp(−‖x_n − x_m‖² / 2ℓ²) + δ_nm (σ² + jitter α)``; σ² is the paper's 1/β.

    Parameters
    ----------
    x : ndarray, (N, Q)
        Latent points.
    log_theta : ndarray, (3,)
        log α, log ℓ, log σ².
    y : ndarray, (N, D)
        Observed points, centred.

    Returns
    -------
    value : float
        −inf where there is no finite density: a place or hyperparameter that overflows.
    by_x : ndarray, (N, Q)
    by_theta : ndarray, (3,)
        By the logs.
    """
    nothing = -np.inf, np.zeros_like(x), np.zeros(3)
    if not (np.abs(log_theta) <= LOG_LIMIT).all() or not (np.abs(x) < 1e100).all():
        return nothing
    n, d = y.shape
    theta = np.exp(log_theta)
    alpha, length, noise = theta
    signal = covariance(x, x, theta)
    k = signal.copy()
    k.flat[:: n + 1] = alpha * (1 + JITTER) + noise
    factor, failed = dpotrf(k, lower=1)
    if failed:
        return nothing
    inverse, _ = dpotri(factor, lower=1)
    inverse = np.tril(inverse) + np.tril(inverse, -1).T
    weights = inverse @ y
    value = -d * np.log(factor.diagonal()).sum() - 0.5 * (y * weights).sum() - d * n / 2 * np.log(2 * np.pi)

    by_k = 0.5 * (weights @ weights.T - d * inverse)
    pull = by_k * signal
    by_x = (pull @ x - pull.sum(axis=1)[:, None] * x) * 2 / length**2
    by_alpha = pull.sum() + JITTER * alpha * by_k.trace()
    by_length = -(x * by_x).sum()  # x and ℓ matter only as x / ℓ
    return float(value), by_x, np.array([by_alpha, by_length, noise * by_k.trace()])
