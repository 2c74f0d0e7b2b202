"""The steps that several notebooks share, each done once and kept on disk (:func:`semlib.runtime.cached`).

Nothing is computed here: each function calls the step's own module. ``pixels`` are float32 (N, S, S), as
:func:`preprocess` gives them, or the uint8 of :func:`semlib.sem.store.preprocessed`, which stays on the disk
and is normalised piece by piece: by ``config.normalize`` in training and embedding, by ``normalize`` in the
baselines.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import torch
from numpy.typing import ArrayLike

from semlib.runtime import cached, fingerprint
from semlib.sem import baselines, project
from semlib.sem.data import SemImages
from semlib.sem.model import Encoder
from semlib.sem.preprocess import Preprocess, normalize
from semlib.sem.store import preprocessed
from semlib.sem.stronger.augment import Augment
from semlib.sem.stronger.probe import ProbeFolds
from semlib.sem.stronger.self_supervised import fit_stronger
from semlib.sem.stronger.supervised import cross_fitted
from semlib.sem.train import TrainConfig, Training, embed, fit, untrained

_PACKAGE = "semlib.sem"


def preprocess(images: SemImages, step: Preprocess) -> np.ndarray:
    """Return ``step(images)``: float32 (N, size, size). Crop and resize are kept on disk, in a store."""
    return normalize(preprocessed(images, step), step.normalize)


def train(pixels: np.ndarray, config: TrainConfig, *, progress: bool = True) -> Training:
    """Return ``fit(pixels, config)``."""

    def make():
        training = fit(pixels, config, progress=progress)
        history = {f"history.{name}": column.to_numpy() for name, column in training.history.items()}
        return history | _to_arrays(training.encoder)

    key = {"pixels": fingerprint(pixels), "config": config, "threads": torch.get_num_threads()}
    stored = cached("train", make, package=_PACKAGE, key=key)
    columns = {n.removeprefix("history."): stored.pop(n) for n in list(stored) if n.startswith("history.")}
    encoder = Encoder(config.dim, config.pool)
    encoder.load_state_dict({name: torch.from_numpy(array) for name, array in stored.items()})
    return Training(encoder.eval(), pd.DataFrame(columns), config)


def ssl_features(pixels: np.ndarray, config: TrainConfig) -> np.ndarray:
    """Return the L0 embeddings of the trained encoder: float32 (N, dim)."""
    encoder = train(pixels, config).encoder
    return embed(encoder, pixels, normalize=config.normalize, device=config.device)


def untrained_features(pixels: np.ndarray, config: TrainConfig) -> np.ndarray:
    """Return the L0 embeddings of the encoder that training starts from: float32 (N, dim)."""
    return embed(untrained(pixels, config), pixels, normalize=config.normalize, device=config.device)


def stronger_features(
    pixels: np.ndarray, config: TrainConfig, *, method: str, augment: Augment
) -> np.ndarray:
    """Return the embeddings by a rival of the paper's method, (N, dim).

    See :mod:`semlib.sem.stronger.self_supervised`.
    """
    key = {"pixels": fingerprint(pixels), "config": config, "method": method, "augment": augment}

    def make():
        training = fit_stronger(pixels, config, method=method, augment=augment)
        return {"z": embed(training.encoder, pixels, normalize=config.normalize, device=config.device)}

    return cached("stronger", make, package=_PACKAGE, key=key | {"threads": torch.get_num_threads()})["z"]


def supervised_features(
    pixels: np.ndarray, labels: ArrayLike, folds: ProbeFolds, config: TrainConfig, *, augment: Augment
) -> list[np.ndarray]:
    """Return ``cross_fitted(…)``, the embeddings by networks that see labels: one (N, dim) a fold."""
    parts = [part for split in folds.splits for part in split]
    key = {"pixels": fingerprint(pixels), "config": config, "augment": augment}
    key |= {"labels": np.asarray(labels).tolist(), "folds": fingerprint(*parts)}

    def make():
        features = cross_fitted(pixels, labels, folds, config, augment=augment)
        return {str(i): z for i, z in enumerate(features)}

    stored = cached("supervised", make, package=_PACKAGE, key=key | {"threads": torch.get_num_threads()})
    return [stored[str(i)] for i in range(len(stored))]


def baseline_features(
    pixels: np.ndarray, method: str, *, normalize: str = "minmax", n_jobs: int | None = None
) -> np.ndarray:
    """Return the features of one of :data:`semlib.sem.baselines.BASELINES`.

    ``normalize`` is for uint8 only. ``n_jobs`` threads (by default one for each core) do not change a result.
    """
    if method not in baselines.BASELINES:
        raise ValueError(f"method={method!r} is unknown; choose one of {', '.join(baselines.BASELINES)}")
    key = {"pixels": fingerprint(pixels), "method": method}
    if pixels.dtype == np.uint8:
        key["normalize"] = normalize

    def make():
        features = baselines.BASELINES[method](pixels, normalize=normalize, n_jobs=n_jobs, progress=True)
        return {"x": features}

    return cached(f"baseline-{method}", make, package=_PACKAGE, key=key)["x"]


def umap_layout(features: np.ndarray, *, n_neighbors: int, seed: int) -> np.ndarray:
    """Return the UMAP layout: float32 (N, 2)."""
    key = {"features": fingerprint(features), "n_neighbors": n_neighbors, "seed": seed}

    def make():
        return {"xy": project.project_umap(features, n_neighbors=n_neighbors, seed=seed)}

    return cached("umap", make, package=_PACKAGE, key=key)["xy"]


def tsne_layout(features: np.ndarray, *, perplexity: float, seed: int) -> np.ndarray:
    """Return the t-SNE layout: float32 (N, 2)."""
    key = {"features": fingerprint(features), "perplexity": perplexity, "seed": seed}

    def make():
        return {"xy": project.project_tsne(features, perplexity=perplexity, seed=seed)}

    return cached("tsne", make, package=_PACKAGE, key=key)["xy"]


def _to_arrays(encoder: Encoder) -> dict[str, np.ndarray]:
    return {name: tensor.numpy() for name, tensor in encoder.state_dict().items()}
