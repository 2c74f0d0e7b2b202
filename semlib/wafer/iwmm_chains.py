"""Several chains of iWMM on the same points: do they agree?

One chain cannot tell whether it has arrived. Chains that start alike, differ by their seed only, and end at
different places have not. The places of the latent points cannot be compared between chains, since turns and
renamings leave the model as it is; the log joint, the number of components and who shares one with whom can.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import ArrayLike
from sklearn.metrics import adjusted_rand_score

from semlib.wafer.iwmm import fit_iwmm
from semlib.wafer.iwmm_types import IwmmFit, check_count


@dataclass(frozen=True)
class ChainAgreement:
    """How far chains on the same points agree, over their second halves.

    Attributes
    ----------
    rhat_log_joint, rhat_components : float
        :func:`split_rhat` of the log joint and of the number of components. Near 1 where chains agree; above
        about 1.1 they have not arrived.
    ari : ndarray of float64, (m, m)
        Adjusted Rand index of each two chains' clusterings. 1 on the diagonal.
    together : float
        Mean over the pairs of points, and over the pairs of chains, of how much they differ in how often the
        two points share a component: 0, agreed, to 1.
    """

    rhat_log_joint: float
    rhat_components: float
    ari: np.ndarray
    together: float

    @property
    def mean_ari(self) -> float:
        """Mean of ``ari`` over the pairs of chains."""
        return float(self.ari[np.triu_indices(len(self.ari), 1)].mean())


def fit_chains(points: ArrayLike, n_chains: int = 4, *, seed: int = 0, **options) -> list[IwmmFit]:
    """Run so many chains on the same points, with the seeds ``seed``, ``seed + 1``, ...

    Parameters
    ----------
    points : array_like, (n, D)
    n_chains : int, default 4
        At least 2.
    seed : int, default 0
    **options
        Of :func:`semlib.wafer.iwmm.fit_iwmm`.
    """
    check_count("n_chains", n_chains, least=2)
    check_count("seed", seed, least=0)
    return [fit_iwmm(points, seed=seed + k, **options) for k in range(n_chains)]


def agreement(fits: Sequence[IwmmFit]) -> ChainAgreement:
    """Compare chains that ran on the same points for the same number of iterations.

    Raises
    ------
    ValueError
        Fewer than two fits, or fits of different points or lengths.
    """
    if len(fits) < 2:
        raise ValueError(f"fits holds {len(fits)} chains; pass at least 2 on the same points")
    first = fits[0]
    for i, fit in enumerate(fits):
        if not np.array_equal(fit.points, first.points) or len(fit.log_joint) != len(first.log_joint):
            raise ValueError(f"fits[{i}] has other points or another length than fits[0]; see fit_chains")
    half = len(first.log_joint) // 2
    ari = np.eye(len(fits))
    apart = []
    shared = [fit.coclustering() for fit in fits]
    pairs = np.triu_indices(len(first.points), 1)
    for i, j in combinations(range(len(fits)), 2):
        ari[i, j] = ari[j, i] = adjusted_rand_score(fits[i].labels, fits[j].labels)
        apart.append(np.abs(shared[i] - shared[j])[pairs].mean())
    return ChainAgreement(
        split_rhat([fit.log_joint[half:] for fit in fits]),
        split_rhat([fit.components[half:] for fit in fits]),
        ari,
        float(np.mean(apart)),
    )


def split_rhat(chains: ArrayLike) -> float:
    """Return the potential scale reduction of a number that chains drew, each chain cut in halves.

    ``sqrt(((n - 1) / n W + B / n) / W)``: W is the mean of the halves' variances, B n times the variance of
    their means (Gelman et al., Bayesian Data Analysis, 3rd edition, section 11.4).

    Parameters
    ----------
    chains : array_like, (m, N)
        At least 4 draws a chain; of an odd number the first is left out.

    Returns
    -------
    float
        1 or a little less or more where all halves look alike. 1 where nothing ever varies, infinite where
        each half is constant and they differ.
    """
    chains = np.asarray(chains, float)
    if chains.ndim != 2 or chains.shape[1] < 4:
        raise ValueError(f"chains has shape {chains.shape}; pass (m, N) with at least 4 draws a chain")
    n = chains.shape[1] // 2
    halves = chains[:, -2 * n :].reshape(-1, n)
    within = halves.var(axis=1, ddof=1).mean()
    between = halves.mean(axis=1).var(ddof=1)  # B / n
    if within == 0:
        return 1.0 if between == 0 else float("inf")
    return float(np.sqrt((n - 1) / n + between / within))
