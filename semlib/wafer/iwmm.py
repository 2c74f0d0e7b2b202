"""The infinite warped mixture model (iWMM), with which paper 2 compares NPFC in its figure 11.

From Iwata, Duvenaud, Ghahramani, "Warped Mixtures for Nonparametric Cluster Shapes" (arXiv 1206.1846).
Points lie in Gaussian clusters of a latent space, as many as the data ask for; a smooth random warping, a
Gaussian process, takes them to where they are seen. So clusters may have any shape.

It is a Markov chain: slow, different with each seed, and in no way sure to have arrived
(`semlib.wafer.iwmm_chains` compares several). A step takes O(n³).

Checked against the paper's text as it stands in drafts of Duvenaud's thesis (github.com/duvenaud/phd-thesis,
``warped.tex``). The same there and here: the likelihood of the points, its isotropic kernel and its gradient;
the Gaussian-Wishart prior with means and precisions integrated out, and its gradient; the Dirichlet process's
p(Z); the Gibbs conditionals; one trajectory for X and θ together, after all assignments; the start at the
observed points with one component.

Different, or not in that text:

- It prints the density of one more point with ``π^(-N_c Q/2)``. By its own p(X | Z) the power is ``-Q/2``, a
  slip, and ours.
- It gives no prior of θ, no values of u, S, ν, r and η, no scale of the start, no step of the trajectory.
  Ours are `IwmmOptions`; u = 0, S = I. Assignments are drawn in random order, there in the points' order.
- A share of 1e-6 of the kernel's variance is added to the diagonal.
- It follows chains for 5,000 iterations, and does not say how a chain becomes one clustering.
- The posterior density of a new point, which it derives too, is not made here.

Not checked: the authors' MATLAB code (github.com/duvenaud/warped-mixtures). It has no licence, so it was not
read, but for its read-me and the head of a demo that a search showed: 3 components at the start, 25 steps of
0.02. Nor the settings of Kim, Lee and Kim (2018), whose paper was not at hand.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.spatial import KDTree
from threadpoolctl import threadpool_limits  # comes with scikit-learn

from semlib.runtime import progress_bar
from semlib.wafer._iwmm_chain import Draw, Model, chain
from semlib.wafer.clusters import largest_first, squared_radii
from semlib.wafer.iwmm_types import IwmmFit, IwmmOptions, check_count, coclustering, standardised
from semlib.wafer.maps import DEFECTIVE, check_map

__all__ = ["IwmmFit", "IwmmOptions", "fit_iwmm", "iwmm"]

_LEAST = 3  # points
_KEPT = 200  # draws, about


def iwmm(
    wafer_map: ArrayLike,
    *,
    latent_dim: int = 2,
    n_iter: int = 1000,
    seed: int = 0,
    max_dies: int = 150,
    progress: bool = True,
    **options,
) -> np.ndarray:
    """Cluster the defective dies by iWMM; all are kept.

    The model knows no noise: a stray die joins a cluster, or makes one. Filter the map before, as those who
    brought iWMM to wafer maps did.

    Parameters
    ----------
    wafer_map : array_like, (H, W)
        With at least 3 defective dies.
    latent_dim, n_iter, seed, progress, **options
        See `fit_iwmm`.
    max_dies : int, default 150
        Of more defective dies so many are drawn at random and clustered; every other die joins the cluster of
        the nearest of them on the wafer.

    Returns
    -------
    ndarray of int32, (H, W)
        Labels as in :mod:`semlib.wafer.filters`.

    Raises
    ------
    ValueError
        A bad map, fewer than 3 defective dies, or a bad option.
    """
    checked = check_map(wafer_map)
    check_count("max_dies", max_dies, least=_LEAST)
    dies = np.argwhere(checked == DEFECTIVE)
    if len(dies) < _LEAST:
        raise ValueError(f"wafer_map has {len(dies)} defective dies; iWMM needs at least {_LEAST}")
    chosen = draw_dies(dies, max_dies, seed)
    fit = fit_iwmm(chosen, latent_dim=latent_dim, n_iter=n_iter, seed=seed, progress=progress, **options)
    found = fit.labels[KDTree(chosen).query(dies)[1]]
    labels = np.full(checked.shape, -1, np.int32)
    labels[tuple(dies.T)] = largest_first(found, squared_radii(dies, checked.shape))
    return labels


def draw_dies(dies: np.ndarray, max_dies: int, seed: int) -> np.ndarray:
    """Return all dies, or so many of them drawn at random, in their order."""
    if len(dies) <= max_dies:
        return dies
    rng = np.random.default_rng([seed, len(dies)])
    return dies[np.sort(rng.choice(len(dies), max_dies, replace=False))]


def fit_iwmm(
    points: ArrayLike, *, n_iter: int = 1000, seed: int = 0, progress: bool = True, **options
) -> IwmmFit:
    """Run iWMM's chain on points, and make a clustering of its draws.

    Each iteration draws all assignments by collapsed Gibbs sampling (means, precisions and weights of the
    components are integrated out), then latent points and kernel together by one Hamiltonian trajectory (the
    paper's section 4). The chain starts with one component.

    Parameters
    ----------
    points : array_like, (n, D)
        At least 3, not all equal. They are centred and divided by one number.
    n_iter : int, default 1000
        Iterations, at least 2. The first half is warm-up: the step size is adapted, no draw is used.
    seed : int, default 0
        The same seed gives the same chain on the same kind of processor with the same libraries; elsewhere
        rounding may part two chains. BLAS runs on one thread meanwhile.
    progress : bool, default True
        Whether to show a progress bar.
    **options
        The fields of `IwmmOptions`.

    Returns
    -------
    IwmmFit

    Raises
    ------
    ValueError
        Bad points, or a value that an option does not have.
    TypeError
        An unknown option.
    """
    points = _check_points(points)
    check_count("n_iter", n_iter, least=2)
    check_count("seed", seed, least=0)
    chosen = _make_options(options)
    y, _, _ = standardised(points)
    model = Model(y, chosen.mixture, np.array(chosen.theta_mean), np.array(chosen.theta_sd))
    rng = np.random.default_rng(seed)
    draws = chain(
        model,
        np.concatenate([start(y, chosen, rng).ravel(), chosen.theta_mean]),
        np.zeros(len(y), np.int64),
        warm_up=n_iter // 2,
        hmc_steps=chosen.hmc_steps,
        rng=rng,
    )
    every, kept, trace = -(-n_iter // _KEPT), [], np.empty((4, n_iter))
    bar = progress_bar(range(n_iter), progress=progress, desc="iWMM")
    # The matrices are small: BLAS's threads would wait for each other, most of all on a busy machine, and
    # their number would change the rounding, so the chain.
    with threadpool_limits(1, user_api="blas"):
        for i, draw in zip(bar, draws, strict=False):
            trace[:, i] = draw.log_joint, draw.z.max() + 1, draw.accepted, draw.step
            if (n_iter - 1 - i) % every == 0:
                kept.append((i, draw))
    return _summarise(points, model, chosen, kept, trace)


def start(y: np.ndarray, options: IwmmOptions, rng: np.random.Generator) -> np.ndarray:
    """Return latent points to start from: the observed ones, or their principal components; where the latent
    space has more dimensions than the observed one, a little noise fills the others."""
    q, d = options.latent_dim, y.shape[1]
    if q < d:
        _, sizes, axes = np.linalg.svd(y, full_matrices=False)
        y = y @ axes[:q].T * np.sqrt(len(y)) / max(sizes[0], 1e-12)
    elif q > d:
        y = np.concatenate([y, 0.1 * rng.normal(size=(len(y), q - d))], axis=1)
    return options.start_scale * y


def _summarise(
    points: np.ndarray,
    model: Model,
    options: IwmmOptions,
    kept: list[tuple[int, Draw]],
    trace: np.ndarray,
) -> IwmmFit:
    iterations = np.array([i for i, _ in kept])
    labels = np.array([_largest_first(draw.z) for _, draw in kept], np.int32)
    late = np.flatnonzero(iterations >= trace.shape[1] // 2)
    if options.summary == "last":
        best = late[-1]
    elif options.summary == "joint":
        best = late[np.argmax([kept[i][1].log_joint for i in late])]
    else:
        together = coclustering(labels[late])
        misfit = [((z[:, None] == z) * (1 - 2 * together)).sum() for z in labels[late]]
        best = late[np.argmin(misfit)]  # of |A − P|², what depends on the draw
    latents = np.array([model.split(draw.vector)[0] for _, draw in kept])
    return IwmmFit(
        labels=labels[best],
        latent=latents[best],
        theta=np.exp(model.split(kept[best][1].vector)[1]),
        chosen=int(iterations[best]),
        log_joint=trace[0],
        components=trace[1].astype(np.int64),
        accepted=trace[2],
        step=trace[3],
        kept=iterations,
        kept_labels=labels,
        kept_latent=latents.astype(np.float32),
        points=points,
        options=options,
    )


def _largest_first(z: np.ndarray) -> np.ndarray:
    """Number the components anew: 0 is the largest, of equal ones that of the first point."""
    _, first, z = np.unique(z, return_index=True, return_inverse=True)
    order = np.lexsort((first, -np.bincount(z)))
    return np.argsort(order)[z]


def _make_options(options: dict) -> IwmmOptions:
    known = list(IwmmOptions.__dataclass_fields__)
    if unknown := [name for name in options if name not in known]:
        raise TypeError(f"iWMM has no option {unknown[0]!r}; its options are {', '.join(known)}")
    return IwmmOptions(**options)


def _check_points(points: ArrayLike) -> np.ndarray:
    try:
        array = np.array(points, float)
    except (TypeError, ValueError) as error:
        raise ValueError(f"points is no table of numbers ({error}); pass (n, 2) coordinates") from error
    if array.ndim != 2 or not array.shape[1]:
        raise ValueError(f"points has shape {array.shape}; pass (n, 2), such as np.argwhere(wafer_map == 2)")
    if len(array) < _LEAST:
        raise ValueError(f"points has {len(array)} rows; iWMM needs at least {_LEAST}")
    if not np.isfinite(array).all():
        raise ValueError("points holds nan or infinity; leave such points out")
    if (array == array[0]).all():
        raise ValueError(f"points are {len(array)} times the same; they have no clusters")
    return array
