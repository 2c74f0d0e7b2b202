"""The features and the scores of one method under a setting of the options (see open_points)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import replace

import numpy as np
import torch
from sklearn.decomposition import PCA
from sklearn.metrics import normalized_mutual_info_score, silhouette_score
from sklearn.preprocessing import StandardScaler

from semlib.sem import pipeline
from semlib.sem.baselines import mean_grey, pca_features
from semlib.sem.calibrate import calibrate
from semlib.sem.config import TrainConfig
from semlib.sem.evaluate import ClusterScores
from semlib.sem.model import Encoder
from semlib.sem.options.open_points import MEAN_GREY, SSL
from semlib.sem.preprocess import normalize as normalized
from semlib.sem.table import scaled
from semlib.sem.textures import glcm_features, lbp_features, wavelet_features
from semlib.sem.train import embed, untrained

Setting = Mapping[str, object]
_THREADS = {"n_jobs": None}


def _glcm(pixels: np.ndarray, setting: Setting) -> np.ndarray:
    choice = {name: setting[name] for name in ("levels", "distance", "normalize")} | _THREADS
    if setting["angles"] != "apart":
        return glcm_features(pixels, **choice, angles=setting["angles"])
    return np.hstack([glcm_features(pixels, **choice, angles=(i * np.pi / 4,)) for i in range(4)])


def _lbp(pixels: np.ndarray, setting: Setting) -> np.ndarray:
    radius, n_points = setting["neighbours"]
    choice = {name: setting[name] for name in ("method", "normalize")} | _THREADS
    return lbp_features(pixels, radius=radius, n_points=n_points, **choice)


def _wavelet(pixels: np.ndarray, setting: Setting) -> np.ndarray:
    choice = {name: setting[name] for name in ("wavelet", "normalize")} | _THREADS
    features = wavelet_features(pixels, **choice)
    mean, std, energy = (features[:, i::3] for i in range(3))
    whole = np.prod(pixels.shape[1:])
    values = np.array([whole / 16] * 4 + [whole / 4] * 3)  # in a Haar sub-band
    chosen = {
        "all": features,
        "mean": mean,
        "std": std,
        "energy": energy,
        "sum": energy * values,
        "details": features[:, 3:],
    }
    return chosen[setting["statistics"]]


def _pca(pixels: np.ndarray, setting: Setting) -> np.ndarray:
    mode = setting["normalize"]
    if setting["pixels"] == "standardised" or setting["solver"] == "randomized":
        flat = normalized(pixels, mode) if pixels.dtype == np.uint8 else pixels
        flat = flat.reshape(len(pixels), -1)
        if setting["pixels"] == "standardised":
            flat = StandardScaler().fit_transform(flat)
        pixels = flat.reshape(pixels.shape)
    if setting["solver"] == "randomized":
        n = min(128, len(flat) - 1, flat.shape[1])
        scores = PCA(n, svd_solver="randomized", random_state=0).fit_transform(flat).astype(np.float64)
    else:
        scores = pca_features(pixels, normalize=mode, **_THREADS)
    return scaled(scores, standardize=True) if setting["whiten"] else scores


def _mean_grey(pixels: np.ndarray, setting: Setting) -> np.ndarray:
    return mean_grey(pixels, normalize=setting["normalize"], **_THREADS)


#: Features (N, D) from images (N, S, S), uint8 or normalised floats, by method.
IMAGE_FEATURES: dict[str, Callable[[np.ndarray, Setting], np.ndarray]] = {
    "GLCM": _glcm,
    "LBP": _lbp,
    "Wavelet": _wavelet,
    "PCA": _pca,
    MEAN_GREY: _mean_grey,
}


def configured(config: TrainConfig, setting: Setting, seed: int) -> TrainConfig:
    """Return the configuration of a training under a setting."""
    names = ("normalize", "pairs", "drop_last")
    return replace(config, seed=seed, **{name: setting[name] for name in names})


def network_features(method: str, pixels: np.ndarray, setting: Setting, config: TrainConfig) -> np.ndarray:
    """Return the embeddings by the trained or the untrained encoder: float (N, dim)."""
    encoder = pipeline.train(pixels, config).encoder if method == SSL else untrained(pixels, config)
    if setting["statistics_of"] == "batch":
        encoder = _without_statistics(encoder)
    elif setting["statistics_of"] is not None:
        encoder = calibrate(encoder, pixels, config, levels=setting["statistics_of"])
    z = embed(
        encoder,
        pixels,
        level=setting["level"],
        normalize=config.normalize,
        batch_size=config.batch_size,
        device=config.device,
        precision=config.precision,
    )
    return scaled(z, l2=True) if setting["l2"] else z


def _without_statistics(encoder: Encoder) -> Encoder:
    """Return a copy that normalises each batch by itself, as it would without evaluation mode."""
    encoder = deepcopy(encoder)
    for module in encoder.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.running_mean = module.running_var = None  # what PyTorch then does in evaluation mode too
    return encoder


def scores(x: np.ndarray, labels: np.ndarray | None, clusters: ClusterScores, setting: Setting) -> dict:
    """Return silhouette, nmi, ami and ari of a clustering of ``x``."""
    row = {name: getattr(clusters, name) for name in ("silhouette", "nmi", "ami", "ari")}
    if setting["sample"] < 1:
        rng = np.random.default_rng(0)
        part = rng.choice(len(x), max(2, round(setting["sample"] * len(x))), replace=False)
        groups = clusters.assignments[part]
        defined = 1 < len(np.unique(groups)) < len(part)
        row["silhouette"] = float(silhouette_score(x[part], groups)) if defined else float("nan")
    if labels is not None and setting["average"] != "arithmetic":
        average = setting["average"]
        row["nmi"] = float(normalized_mutual_info_score(labels, clusters.assignments, average_method=average))
    return row
