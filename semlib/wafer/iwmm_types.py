"""iWMM: its options with their checks, and what a fit returns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy.linalg import cho_factor, cho_solve

from semlib.wafer._iwmm_gp import covariance
from semlib.wafer._iwmm_mixture import MixturePrior, posterior


@dataclass(frozen=True)
class IwmmOptions:
    """What paper 2 leaves open of iWMM. The defaults are ours; the text of iWMM's authors gives no values.

    Attributes
    ----------
    latent_dim : int, default 2
        Q, dimension of the latent space.
    eta : float, default 1
        Concentration of the Dirichlet process. Larger: more components.
    r : float, default 0.1
        Precision of a component's mean relative to that of its points. Smaller: components may lie farther
        apart.
    nu : float, optional
        Degrees of freedom of the Wishart prior; None: Q + 1. Its scale matrix S is the unit matrix: the
        latent space has no scale of its own, since the kernel's length is free.
    start_scale : float, default 3
        Standard deviation of the latent points at the start, where a component's is about 1 by the prior. The
        latent points start as the observed ones, or as their first principal components.
    theta_mean, theta_sd : (float, float, float)
        Gaussian prior of log α, log ℓ and log σ²: the kernel's variance, its length, and the noise of the
        observed points, which are scaled to variance 1.
    hmc_steps : int, default 10
        Leapfrog steps an iteration. Their size is adapted in the first half of the chain, then fixed.
    summary : {"coclustering", "joint", "last"}
        Which draw of the chain's second half becomes the clustering: the one whose pairs agree best, by least
        squares, with how often each pair is together; that of the highest log joint; or the last.
    """

    latent_dim: int = 2
    eta: float = 1.0
    r: float = 0.1
    nu: float | None = None
    start_scale: float = 3.0
    theta_mean: tuple[float, float, float] = (0.0, 1.0, -4.0)
    theta_sd: tuple[float, float, float] = (1.0, 1.0, 1.0)
    hmc_steps: int = 10
    summary: Literal["coclustering", "joint", "last"] = "coclustering"

    def __post_init__(self) -> None:
        for name in ("latent_dim", "hmc_steps"):
            check_count(name, getattr(self, name), least=1)
        for name in ("eta", "r", "start_scale"):
            value = getattr(self, name)
            if not 0 < value < np.inf:
                raise ValueError(f"{name}={value} must be a number above 0")
        if self.nu is not None and not self.latent_dim - 1 < self.nu < np.inf:
            raise ValueError(f"nu={self.nu} must be above latent_dim - 1 = {self.latent_dim - 1}, or None")
        for name, least in (("theta_mean", -10), ("theta_sd", 0)):
            value = getattr(self, name)
            if np.shape(value) != (3,) or not all(least < v <= 10 for v in value):
                raise ValueError(f"{name}={value} must be three numbers above {least}, at most 10")
        if self.summary not in ("coclustering", "joint", "last"):
            raise ValueError(f"summary={self.summary!r} must be 'coclustering', 'joint' or 'last'")

    @property
    def mixture(self) -> MixturePrior:
        """The prior of the latent points."""
        nu = self.latent_dim + 1.0 if self.nu is None else float(self.nu)
        return MixturePrior(self.latent_dim, float(self.r), nu, float(self.eta))


def check_count(name: str, value: int, *, least: int) -> None:
    """Refuse what is no whole number of at least so many."""
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < least:
        raise ValueError(f"{name}={value!r} must be a whole number of at least {least}")


@dataclass(frozen=True)
class IwmmFit:
    """A clustering, the draw that it comes from, and the chain.

    Attributes
    ----------
    labels : ndarray of int32, (n,)
        Component of each point, 0, 1, ..., largest first.
    latent : ndarray of float64, (n, Q)
        The chosen draw's latent points.
    theta : ndarray of float64, (3,)
        Its α, ℓ and σ².
    chosen : int
        The iteration that it is, from 0.
    log_joint : ndarray of float64, (n_iter,)
        log p(Y, X, Z, θ) after each iteration, always finite.
    components : ndarray of int64, (n_iter,)
        Number of components after each iteration.
    accepted : ndarray of float64, (n_iter,)
        Probability with which each HMC step was accepted.
    step : ndarray of float64, (n_iter,)
        Size of its leapfrog steps.
    kept : ndarray of int64, (m,)
        The iterations whose draws are kept, spread evenly; those of the second half make the clustering.
    kept_labels : ndarray of int32, (m, n)
        Their components.
    kept_latent : ndarray of float32, (m, n, Q)
        Their latent points.
    points : ndarray of float64, (n, D)
        The observed points as they were passed.
    options : IwmmOptions
    """

    labels: np.ndarray
    latent: np.ndarray
    theta: np.ndarray
    chosen: int
    log_joint: np.ndarray
    components: np.ndarray
    accepted: np.ndarray
    step: np.ndarray
    kept: np.ndarray
    kept_labels: np.ndarray
    kept_latent: np.ndarray
    points: np.ndarray
    options: IwmmOptions

    @property
    def n_components(self) -> int:
        """Number of components of the chosen draw."""
        return int(self.labels.max()) + 1

    def coclustering(self) -> np.ndarray:
        """Return how often two points share a component in the kept draws of the second half: (n, n)."""
        return coclustering(self.kept_labels[self.kept >= len(self.log_joint) // 2])

    def warp(self, latent: ArrayLike) -> np.ndarray:
        """Return where the warping takes latent places, (m, Q): the GP's mean, (m, D), in points' units."""
        latent = np.asarray(latent, float)
        if latent.ndim != 2 or latent.shape[1] != self.latent.shape[1]:
            raise ValueError(f"latent has shape {latent.shape}; pass (m, {self.latent.shape[1]})")
        y, middle, scale = standardised(self.points)
        cross = covariance(latent, self.latent, self.theta)
        own = covariance(self.latent, self.latent, self.theta)
        own[np.diag_indices_from(own)] += self.theta[2]
        return middle + scale * (cross @ cho_solve(cho_factor(own), y))

    def ellipses(self, *, deviations: float = 1.0, n: int = 100) -> list[np.ndarray]:
        """Return each component's ellipse in the latent plane, (n, 2), so many standard deviations around."""
        if self.latent.shape[1] != 2:
            raise ValueError(f"latent has {self.latent.shape[1]} dimensions; ellipses need latent_dim=2")
        turn = np.linspace(0, 2 * np.pi, n)
        circle = deviations * np.stack([np.cos(turn), np.sin(turn)], axis=1)
        found = []
        for k in range(self.n_components):
            centre, s_c, nu_c = posterior(self.latent[self.labels == k], self.options.mixture)
            found.append(centre + circle @ np.linalg.cholesky(s_c / nu_c).T)
        return found


def standardised(points: np.ndarray) -> tuple[np.ndarray, np.ndarray, float]:
    """Return centred points of variance 1 (one factor for all axes), their mean, and the factor.

    One factor, so that a turned wafer is the same wafer.
    """
    middle = points.mean(axis=0)
    scale = float(np.sqrt(((points - middle) ** 2).mean()))
    return (points - middle) / scale, middle, scale


def coclustering(labels: np.ndarray) -> np.ndarray:
    """Return how often each two of n points share a label in m draws: float64 (n, n) from (m, n)."""
    total = np.zeros((labels.shape[1],) * 2)
    for draw in labels:
        total += draw[:, None] == draw
    return total / len(labels)
