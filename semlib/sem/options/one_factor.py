"""What each open point of paper 1 does to Table 1: one option at a time, all others at their default."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd

from semlib.runtime import cached, fingerprint, progress_bar
from semlib.sem import pipeline
from semlib.sem.baselines import BASELINES
from semlib.sem.config import TrainConfig
from semlib.sem.data import SemImages
from semlib.sem.evaluate import ClusterScores, evaluate_clustering
from semlib.sem.options._apply import IMAGE_FEATURES, Setting, configured, network_features, scores
from semlib.sem.options.open_points import NETWORKS, OPTIONS, ROWS, check_names, defaults
from semlib.sem.preprocess import Preprocess, normalize
from semlib.sem.store import preprocessed
from semlib.sem.table import scaled

_LABEL_SCORES = ["nmi", "ami", "ari"]
_FEW = 2000  # images of 480×480 that are held in memory: 460 MB
_TO_FEATURES = ("preprocessing", "training", "features")


def one_factor(
    images: SemImages,
    *,
    size: int = 512,
    config: TrainConfig | None = None,
    seeds: Sequence[int] = (0,),
    k: int = 6,
    options: Iterable[str] | None = None,
    methods: Iterable[str] | None = None,
    progress: bool = True,
) -> pd.DataFrame:
    """Score each method under each value of each option, with all other options at their default.

    A method is not computed again for options that cannot change it. Features are kept on disk, as all that
    :mod:`semlib.sem.pipeline` makes.

    Parameters
    ----------
    images : SemImages
        With or without labels.
    size : int, default 512
        Side after preprocessing.
    config : TrainConfig, optional
        Epochs, batch size, precision and device of all trainings; the rest is set by the options.
    seeds : sequence of int, default (0,)
        Training seeds that each setting of the two networks is repeated with.
    k : int, default 6
        Clusters.
    options : iterable of str, optional
        Names in :data:`semlib.sem.options.open_points.OPTIONS`; all by default.
    methods : iterable of str, optional
        Names in :data:`semlib.sem.options.open_points.ROWS`; all by default.
    progress : bool, default True
        Show a bar.

    Returns
    -------
    DataFrame
        A row for each option, value, method that it can change, and training seed. Columns ``option``,
        ``value`` (its name), ``is_default``, ``method``, ``seed`` (−1 for methods without one),
        ``silhouette``, and with labels ``nmi``, ``ami``, ``ari``. The first rows, of the option "default",
        have each method with all at default. Under the option "training_seed" a value is one seed.

    Raises
    ------
    ValueError
        If an option or method is unknown, or ``seeds`` is empty.
    """
    names = check_names(OPTIONS if options is None else options, OPTIONS, "options")
    chosen = check_names(ROWS if methods is None else methods, ROWS, "methods")
    if not len(seeds):
        raise ValueError("seeds is empty; pass at least one")
    study = _Study(images, size, config or TrainConfig(), k)
    plan = [("default", "", True, method, defaults()) for method in chosen]
    for name in names:
        option = OPTIONS[name]
        plan += [
            (name, value, value == option.default, method, {**defaults(), name: option.values[value]})
            for value in option.values
            for method in option.methods(value)
            if method in chosen
        ]
    rows = []
    with warnings.catch_warnings():  # fewer than 128 images have fewer than 128 principal components
        warnings.filterwarnings("ignore", "n_components=", UserWarning)
        for name, value, is_default, method, setting in progress_bar(plan, desc="options", progress=progress):
            own = [setting["training_seed"]] if name == "training_seed" else seeds
            for seed in own if method in NETWORKS else [-1]:
                row = {"option": name, "value": value, "is_default": is_default, "method": method}
                rows.append(row | {"seed": seed} | study.scores(method, setting, seed))
    frame = pd.DataFrame(rows)
    return frame if images.labels is not None else frame.drop(columns=_LABEL_SCORES)


class _Study:
    """The images, and all that was computed from them, so that nothing is computed twice."""

    def __init__(self, images: SemImages, size: int, config: TrainConfig, k: int) -> None:
        self.images, self.size, self.config, self.k = images, size, config, k
        self.made: dict[tuple, np.ndarray | ClusterScores] = {}
        self.pixels: dict[object, tuple[np.ndarray, str]] = {}
        self.arrays: SemImages | None = None

    def scores(self, method: str, setting: Setting, seed: int) -> dict[str, float | None]:
        """Return the scores of a method under a setting."""
        x = scaled(self._features(method, setting, seed), standardize=setting["standardize"])
        x = x - x.mean(axis=0)
        key = (method, seed, *_part(setting, method, *_TO_FEATURES, "clustering"))
        if key not in self.made:
            self.made[key] = evaluate_clustering(
                x,
                self.images.labels,
                k=min(self.k, len(x) - 1),
                seed=setting["kmeans_seed"],
                n_init=setting["n_init"],
            )
        return scores(x, self.images.labels, self.made[key], setting)

    def _features(self, method: str, setting: Setting, seed: int) -> np.ndarray:
        part = _part(setting, method, *_TO_FEATURES)
        if (method, seed, *part) not in self.made:
            pixels, name = self._pixels(setting["border"])
            config = configured(self.config, setting, seed) if method in NETWORKS else None
            self.made[method, seed, *part] = cached(
                "option-features",
                lambda: {"x": self._make(method, pixels, setting, config)},
                package="semlib.sem",
                key={"pixels": name, "method": method, "setting": dict(part), "config": config},
            )["x"]
        return self.made[method, seed, *part]

    def _make(
        self, method: str, pixels: np.ndarray, setting: Setting, config: TrainConfig | None
    ) -> np.ndarray:
        mode = setting["normalize"]
        if pixels.dtype != np.uint8:  # bytes are normalised by each method, a few images at a time
            pixels = normalize(pixels, mode)
        if config is not None:
            return network_features(method, pixels, setting, config)
        if method in BASELINES and _part(setting, method, "features") == _part(
            defaults(), method, "features"
        ):
            return pipeline.baseline_features(pixels, method, normalize=mode)  # other notebooks have it too
        return IMAGE_FEATURES[method](pixels, setting)

    def _pixels(self, border: object) -> tuple[np.ndarray, str]:
        if border not in self.pixels:
            images = self.images if border == defaults()["border"] else self._read_once()
            pixels = preprocessed(images, Preprocess(border, self.size), progress=False)
            self.pixels[border] = pixels, fingerprint(pixels)
        return self.pixels[border]

    def _read_once(self) -> SemImages:
        """Return a small twin as arrays, since each reading makes its images anew; other images unchanged."""
        if self.images.is_synthetic and len(self.images) <= _FEW and self.arrays is None:
            self.arrays = SemImages.from_arrays([self.images[i] for i in range(len(self.images))])
        return self.arrays or self.images


def _part(setting: Setting, method: str, *steps: str) -> tuple[tuple[str, object], ...]:
    """Return the options of some steps that can change a method, with their values; the seed is apart."""
    return tuple(
        (name, setting[name])
        for name, option in OPTIONS.items()
        if option.step in steps and method in option.affects and name != "training_seed"
    )
