"""What paper 1 leaves open and Table 1 may depend on: each point, our default, and the other readings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import pi
from typing import Any

import pandas as pd

from semlib.sem.table import METHODS, SSL

UNTRAINED, MEAN_GREY = "Untrained encoder", "Mean grey (1 number)"
NETWORKS = (SSL, UNTRAINED)
ROWS = (*METHODS, UNTRAINED, MEAN_GREY)
"""The methods that options are tried on: the paper's five, and two controls."""

STEPS = ("preprocessing", "training", "features", "clustering", "scores")
"""The steps in which an option acts, in the order in which data flow."""

_ADJACENT = ((0, 1), (1, 0), (1, 2), (2, 1))
_TO_COARSE, _TO_FINE = ((0, 1), (0, 2), (1, 2)), ((1, 0), (2, 0), (2, 1))
_FOUR = (0, pi / 4, pi / 2, 3 * pi / 4)


@dataclass(frozen=True)
class Option:
    """A point that the paper leaves open.

    Attributes
    ----------
    title : str
        What figures call it.
    step : str
        One of :data:`STEPS`: where it acts.
    values : mapping of str to object
        The readings, by the name that figures show. The first is the default.
    affects : tuple of str
        The rows of :data:`ROWS` that it can change.
    where : str
        The function and keyword that hold the default; empty where the default is to do nothing.
    fixed : bool
        The paper does fix it; the other values only show how much hangs on it.
    skips : mapping of str to tuple of str
        For some values, the methods for which they mean nothing.
    moves : tuple of str
        The scores that it can move.
    """

    title: str
    step: str
    values: Mapping[str, Any]
    affects: tuple[str, ...]
    where: str = ""
    fixed: bool = False
    skips: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    moves: tuple[str, ...] = ("silhouette", "nmi", "ami", "ari")

    @property
    def default(self) -> str:
        """The name of the default value."""
        return next(iter(self.values))

    def methods(self, value: str) -> tuple[str, ...]:
        """Return the methods whose scores can differ between the default and ``value``."""
        return tuple(method for method in self.affects if method not in self.skips.get(value, ()))


#: The open points by name.
OPTIONS: dict[str, Option] = {
    "normalize": Option(
        "Normalise",
        "preprocessing",
        {"minmax": "minmax", "none": "none", "z-score": "zscore", "percentiles 1–99": "percentile"},
        ROWS,
        "Preprocess.normalize",
        # GLCM and LBP need grey values in a range, which brings min-max back; a z-scored image has mean 0.
        skips={"z-score": ("GLCM", "LBP", MEAN_GREY)},
    ),
    "border": Option(
        "Crop",
        "preprocessing",
        {"4 px": 4, "0 px": 0, "8 px": 8, "16 px": 16, "4 px, right only": (0, 4, 0, 0)},
        ROWS,
        "Preprocess.border",
    ),
    "levels": Option(
        "GLCM: grey levels",
        "features",
        {"256": 256, "64": 64, "32": 32, "16": 16, "8": 8},
        ("GLCM",),
        "glcm_features.levels",
    ),
    "distance": Option(
        "GLCM: distance",
        "features",
        {"1 px": 1, "2 px": 2, "4 px": 4},
        ("GLCM",),
        "glcm_features.distance",
    ),
    "angles": Option(
        "GLCM: directions",
        "features",
        {"mean of four": _FOUR, "four, kept apart": "apart", "0° only": (0,), "90° only": (pi / 2,)},
        ("GLCM",),
        "glcm_features.angles",
    ),
    "method": Option(
        "LBP: patterns",
        "features",
        {"uniform": "uniform", "nri_uniform": "nri_uniform", "ror": "ror", "default": "default"},
        ("LBP",),
        "lbp_features.method",
    ),
    "neighbours": Option(
        "LBP: radius, neighbours",
        "features",
        {"1 px, 8": (1, 8), "2 px, 16": (2, 16)},
        ("LBP",),
        "lbp_features.radius, n_points",
        fixed=True,
    ),
    "wavelet": Option(
        "Wavelet: family",
        "features",
        {name: name for name in ("db1", "db2", "sym4", "bior1.3", "coif1")},
        ("Wavelet",),
        "wavelet_features.wavelet",
    ),
    "statistics": Option(
        "Wavelet: statistics",
        "features",
        {
            "all three": "all",
            "mean |w| only": "mean",
            "std only": "std",
            "energy only": "energy",
            "energy, summed": "sum",
            "details only": "details",
        },
        ("Wavelet",),
    ),
    "pixels": Option(
        "PCA: pixels", "features", {"centred": "centred", "standardised": "standardised"}, ("PCA",)
    ),
    "solver": Option("PCA: solver", "features", {"exact": "exact", "randomised": "randomized"}, ("PCA",)),
    "whiten": Option("PCA: whitened", "features", {"no": False, "yes": True}, ("PCA",)),
    "pairs": Option(
        "SSL: pairs of levels",
        "training",
        {"all six": "all", "adjacent": _ADJACENT, "fine to coarse": _TO_COARSE, "coarse to fine": _TO_FINE},
        (SSL,),
        "TrainConfig.pairs",
    ),
    "drop_last": Option(
        "SSL: last, partial batch",
        "training",
        {"left out": True, "kept": False},
        (SSL,),
        "TrainConfig.drop_last",
    ),
    "training_seed": Option(
        "SSL: seed", "training", {str(seed): seed for seed in range(5)}, NETWORKS, "TrainConfig.seed"
    ),
    "statistics_of": Option(
        "SSL: batch norm's statistics",
        "features",
        {"all levels": None, "L0 only": (0,), "of each batch": "batch"},
        NETWORKS,
        "calibrate.levels",
    ),
    "level": Option(
        "SSL: embedding of",
        "features",
        {"L0": 0, "L1": 1, "L2": 2},
        NETWORKS,
        "embed.level",
        fixed=True,
    ),
    "l2": Option("SSL: embedding to length 1", "features", {"no": False, "yes": True}, NETWORKS),
    "standardize": Option(
        "Features standardised",
        "clustering",
        {"no": False, "yes": True},
        tuple(row for row in ROWS if row != MEAN_GREY),  # the clusters of one number do not change
        "evaluate_clustering.standardize",
    ),
    "n_init": Option(
        "K-means: starts", "clustering", {"10": 10, "1": 1, "50": 50}, ROWS, "evaluate_clustering.n_init"
    ),
    "kmeans_seed": Option(
        "K-means: seed",
        "clustering",
        {str(seed): seed for seed in range(5)},
        ROWS,
        "evaluate_clustering.seed",
    ),
    "sample": Option(
        "Silhouette over", "scores", {"all images": 1.0, "a quarter": 0.25}, ROWS, moves=("silhouette",)
    ),
    "average": Option(
        "NMI: mean of entropies",
        "scores",
        {name: name for name in ("arithmetic", "geometric", "min", "max")},
        ROWS,
        "normalized_mutual_info_score.average_method",
        moves=("nmi",),
    ),
}

#: Open points that no option stands for, each with the reason.
OUTSIDE: dict[str, str] = {
    "resize: kernel, antialiasing": (
        "images grow from 472 to 512 at the paper's size, so nothing is smoothed; "
        "at smaller sizes it may matter"
    ),
    "convolution bias": "batch normalisation subtracts it; it only changes which random numbers are drawn",
    "1 − cosine or −cosine": "both have the same gradient",
    "GLCM symmetric or not": "changes energy and correlation only, which hardly count beside contrast",
    "LBP as counts or shares": "all images have one size, so all distances change by one factor",
    "wavelet: boundary": "db1 (Haar) needs none where the sides are multiples of 4",
    "UMAP and t-SNE": "Table 1 does not use them",
    "K-means: initial centroids": "the best of ten starts counts; starts and seed are varied instead",
    "augmentation": "none is the only reading of a paper that names none; notebook 12 tries some",
    "projection head: hidden width": "may matter, not varied: 128 is the only width that the paper gives",
    "Adam: other values": "may matter, not varied: the library's defaults are the usual reading",
}


def defaults() -> dict[str, Any]:
    """Return the default of each option, by the option's name."""
    return {name: option.values[option.default] for name, option in OPTIONS.items()}


def option_table() -> pd.DataFrame:
    """Return the open points as a table: step, default, alternatives, methods, function."""
    rows = {
        option.title: {
            "step": option.step,
            "default": option.default,
            "other readings": "; ".join(list(option.values)[1:]),
            "can change": "all" if set(METHODS) <= set(option.affects) else ", ".join(option.affects),
            "keyword": option.where or "–",
        }
        for option in OPTIONS.values()
    }
    return pd.DataFrame(rows).T


def check_names(names, known, what: str) -> list[str]:
    """Return the names as a list, or say which is unknown."""
    names = [names] if isinstance(names, str) else list(names)
    unknown = [name for name in names if name not in known]
    if unknown or not names:
        fault = f"{what}={unknown} is unknown" if unknown else f"{what}=[] is empty"
        raise ValueError(f"{fault}; choose from {', '.join(known)}")
    return names
