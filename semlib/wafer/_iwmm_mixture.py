"""iWMM, the latent points: an infinite mixture of Gaussians.

Iwata, Duvenaud, Ghahramani (arXiv 1206.1846): means, precisions and weights of the components are integrated
out; what is left are the assignments Z.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import log

import numpy as np
from scipy.special import gammaln


@dataclass(frozen=True)
class MixturePrior:
    """Prior of a component, Gaussian-Wishart ``N(μ | u, (rR)⁻¹) W(R | S⁻¹, ν)``, and the process's η.

    u = 0 and S = I: the place of the latent space is arbitrary, and so is its scale, since the kernel's
    length is free.

    Attributes
    ----------
    q : int
        Dimension of the latent space.
    r : float
        Precision of a component's mean relative to that of its points; above 0. Small: far apart is fine.
    nu : float
        Degrees of freedom, above q − 1.
    eta : float
        Concentration, above 0. Large: many components.
    """

    q: int
    r: float
    nu: float
    eta: float

    def log_gamma_q(self, nu: np.ndarray | float) -> np.ndarray | float:
        """Return ``Σ_q log Γ((ν + 1 − q) / 2)``."""
        return gammaln((np.asarray(nu)[..., None] - np.arange(self.q)) / 2).sum(axis=-1)

    def predictive_constants(self, n: int) -> np.ndarray:
        """Return what the Student-t predictive adds for components of 0 … n points, apart from ``S_c``.

        The CRP's weight is included: log of the number of points, and log η for none.
        """
        counts = np.arange(n + 1)
        r_c, nu_c = self.r + counts, self.nu + counts
        return (
            np.log(np.where(counts, counts, self.eta))
            + gammaln((nu_c + 1) / 2)
            - gammaln((nu_c + 1 - self.q) / 2)
            + self.q / 2 * (np.log(r_c) - np.log(r_c + 1) - np.log(np.pi))
        )


def log_assignments(z: np.ndarray, eta: float) -> float:
    """Return log p(Z | η) of the Chinese restaurant process: ``η^C Π (N_c − 1)! / η(η+1)…(η+N−1)``."""
    counts = np.bincount(z)
    n = len(z)
    return float(len(counts) * np.log(eta) + gammaln(counts).sum() - gammaln(eta + n) + gammaln(eta))


def log_latent(x: np.ndarray, z: np.ndarray, prior: MixturePrior) -> tuple[float, np.ndarray]:
    """Return log p(X | Z) with every component's mean and precision integrated out, and its gradient.

    ``Π_c π^(−N_c Q/2) (r/r_c)^(Q/2) |S|^(ν/2) / |S_c|^(ν_c/2) Π_q Γ((ν_c+1−q)/2) / Γ((ν+1−q)/2)``;
    the gradient by x_n is ``−ν_c S_c⁻¹ (x_n − u_c)``.

    Parameters
    ----------
    x : ndarray, (N, Q)
    z : ndarray of int, (N,)
        Components 0 … C−1, none of them empty.
    prior : MixturePrior
    """
    counts = np.bincount(z)
    member = (z[:, None] == np.arange(len(counts))).astype(float)
    means = member.T @ x / counts[:, None]
    r_c, nu_c = prior.r + counts, prior.nu + counts
    about = x - means[z]
    scatter = (member.T @ (about[:, :, None] * about[:, None, :]).reshape(len(x), -1)).reshape(
        -1, prior.q, prior.q
    )
    # written as a sum of squares, and not as in the paper, so that it is positive for any x
    pulled = (prior.r * counts / r_c)[:, None, None] * means[:, :, None] * means[:, None, :]
    s_c = np.eye(prior.q) + scatter + pulled
    value = (
        -counts.sum() * prior.q / 2 * np.log(np.pi)
        + (prior.q / 2 * np.log(prior.r / r_c)).sum()
        - (nu_c / 2 * np.linalg.slogdet(s_c)[1]).sum()
        + (prior.log_gamma_q(nu_c) - prior.log_gamma_q(prior.nu)).sum()
    )
    centres = means * (counts / r_c)[:, None]
    pull = nu_c[:, None, None] * np.linalg.inv(s_c)
    gradient = -np.einsum("npq,nq->np", pull[z], x - centres[z])
    return float(value), gradient


def posterior(points: np.ndarray, prior: MixturePrior) -> tuple[np.ndarray, np.ndarray, float]:
    """Return a component's centre u_c, matrix S_c and degrees of freedom ν_c, given its points, (N_c, Q)."""
    n = len(points)
    mean = points.mean(axis=0) if n else np.zeros(prior.q)
    about = points - mean
    s_c = np.eye(prior.q) + about.T @ about + prior.r * n / (prior.r + n) * np.outer(mean, mean)
    return n / (prior.r + n) * mean, s_c, prior.nu + n


class Components:
    """The components during a Gibbs sweep, a row each; at least one row is empty: a new component.

    A row holds a component's posterior: the centre u_c, S_c⁻¹ and ½ log|S_c|, updated point by point.
    """

    def __init__(self, x: np.ndarray, z: np.ndarray, prior: MixturePrior) -> None:
        self.x, self.z, self.prior = x, z.copy(), prior
        self.constants = prior.predictive_constants(len(x))
        rows = int(z.max()) + 2
        self.counts = np.bincount(z, minlength=rows)
        self.centres, self.inverse = np.empty((rows, prior.q)), np.empty((rows, prior.q, prior.q))
        self.half_log_det = np.empty(rows)
        for row in range(rows):
            self._compute(row, x[z == row])

    def log_weights(self, n: int) -> np.ndarray:
        """Return, up to a constant, log p(z_n = row | X, the other z); −inf at empty rows but the first.

        Point n must have been taken out. The CRP's weight times a Student-t density.
        """
        r_c, nu_c = self.prior.r + self.counts, self.prior.nu + self.counts
        about = self.x[n] - self.centres
        distance = ((self.inverse @ about[:, :, None])[:, :, 0] * about).sum(axis=1)
        weights = (
            self.constants[self.counts]
            - self.half_log_det
            - (nu_c + 1) / 2 * np.log1p(distance * r_c / (r_c + 1))
        )
        weights[np.flatnonzero(self.counts == 0)[1:]] = -np.inf
        return weights

    def take_out(self, n: int) -> None:
        """Remove point n from its component."""
        row, self.z[n] = self.z[n], -1
        self._change(row, self.x[n], -1)

    def put(self, n: int, row: int) -> None:
        """Add point n to a component."""
        self._change(row, self.x[n], 1)
        self.z[n] = row
        if self.counts.all():
            self._append_empty()

    def _change(self, row: int, x: np.ndarray, sign: int) -> None:
        """Add a point to a component, or remove it: S_c changes by a matrix of rank one."""
        r_old = self.prior.r + self.counts[row]
        self.counts[row] += sign
        r_new = r_old + sign
        about = x - self.centres[row]
        pull = self.inverse[row] @ about
        factor = sign * r_old / r_new
        ratio = 1 + factor * (pull @ about)  # of the determinants
        if ratio < 1e-6 or not self.counts[row]:
            self._compute(row, self.x[self.z == row])  # rounding would be all that is left
            return
        self.centres[row] += sign / r_new * about
        self.inverse[row] -= factor / ratio * (pull[:, None] * pull)
        self.half_log_det[row] += 0.5 * log(ratio)

    def _compute(self, row: int, points: np.ndarray) -> None:
        self.centres[row], s_c, _ = posterior(points, self.prior)
        self.inverse[row] = np.linalg.inv(s_c)
        self.half_log_det[row] = 0.5 * np.linalg.slogdet(s_c)[1]

    def _append_empty(self) -> None:
        for name in ("counts", "centres", "inverse", "half_log_det"):
            old = getattr(self, name)
            setattr(self, name, np.concatenate([old, np.zeros((1, *old.shape[1:]), old.dtype)]))
        self._compute(len(self.counts) - 1, self.x[:0])


def gibbs_sweep(x: np.ndarray, z: np.ndarray, prior: MixturePrior, rng: np.random.Generator) -> np.ndarray:
    """Draw each assignment once from its conditional, in random order; return them, components 0 … C−1."""
    components = Components(x, z, prior)
    for n, draw in zip(rng.permutation(len(x)), rng.random(len(x)), strict=True):
        components.take_out(n)
        weights = components.log_weights(n)
        total = np.cumsum(np.exp(weights - weights.max()))
        components.put(n, int(np.searchsorted(total, draw * total[-1], side="right")))
    return np.unique(components.z, return_inverse=True)[1]
