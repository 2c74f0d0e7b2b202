"""What the embedding explorer shows: a recorded run at the paper's scale, or a small one made on the spot."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from semlib import book
from semlib.plots.explorer_pack import Sprite, make_sprite, nearest, thumbnail
from semlib.sem import pipeline, table
from semlib.sem._silhouette import silhouettes
from semlib.sem.baselines import BASELINES, mean_grey, shading_features
from semlib.sem.data import open_images
from semlib.sem.evaluate import evaluate_clustering
from semlib.sem.preprocess import Preprocess, normalize
from semlib.sem.train import TrainConfig

KINDS = {"umap": "UMAP", "tsne": "t-SNE"}
_ORDER = (table.SSL, table.UNTRAINED, *BASELINES)
_NEAR, _SIDE = 6, 56


@dataclass(frozen=True)
class EmbeddingRun:
    """The parts of an embedding explorer, in step, one entry for each of N images.

    Attributes
    ----------
    about, source : str
        Which data these are, as a sentence; and what to write below a figure.
    is_real : bool
        Whether the images are real, and not the twin's.
    layouts : dict of (method, "UMAP" or "t-SNE") to ndarray of float, (N, 2)
    images : Sprite
        Each image stretched from its darkest to its brightest pixel.
    colours : dict
        "label" (if there are any), "cluster" and "silhouette" by method, "mean grey", "shading, across" and
        "shading, down": differences of the mean grey of opposite strips.
    near : dict of a method to (indices, distances), each (N, 6)
        The nearest images among the method's features.
    captions : list of str
    """

    about: str
    source: str
    is_real: bool
    layouts: dict[tuple[str, str], np.ndarray]
    images: Sprite
    colours: dict[str, np.ndarray | dict[str, np.ndarray]]
    near: dict[str, tuple[np.ndarray, np.ndarray]]
    captions: list[str]


def recorded_run(name: str) -> EmbeddingRun | None:
    """Return a run that ``tools/paper1.py`` and ``tools/explorer_record.py`` recorded in ``results/``.

    Parameters
    ----------
    name : str
        Of ``results/NAME.json``, such as ``"paper1_synthetic"``.

    Returns
    -------
    EmbeddingRun or None
        None where one of the files is not at hand, as on Colab.
    """
    run, facts = book.recorded(name), book.recorded(f"{name}_explorer")
    layouts, numbers = book.recorded_arrays(f"{name}_layouts"), book.recorded_arrays(f"{name}_explorer")
    picture = book.recorded_bytes(f"{name}_explorer.webp")
    if any(part is None for part in (run, facts, layouts, numbers, picture)):
        return None
    methods = [m for m in _ORDER if f"umap {m}" in layouts]
    colours = {}
    if "labels" in layouts:
        colours["label"] = np.array(list(map(int, run["values"]["classes"])))[layouts["labels"]]
    colours |= {
        "cluster": {m: layouts[f"clusters {m}"] for m in methods},
        "silhouette": {m: numbers[f"silhouette {m}"].astype(float) for m in methods},
    }
    for value in ("mean grey", "shading, across", "shading, down"):
        colours[value] = numbers[value].astype(float)
    data = run["data"]
    return EmbeddingRun(
        about=run["about"],
        source=f"{data['source']}, n = {data['n']:,}, {data['size']}×{data['size']} pixels",
        is_real=not run["about"].startswith("The synthetic twin"),
        layouts={
            (m, title): layouts[f"{kind} {m}"].astype(float) for m in methods for kind, title in KINDS.items()
        },
        images=Sprite(picture, facts["side"], facts["columns"], facts["n"]),
        colours=colours,
        near={m: (numbers[f"near {m}"], numbers[f"distance {m}"].astype(float)) for m in methods},
        captions=[f"image {i}" for i in range(facts["n"])],
    )


def small_run(
    dataset: str, *, n_images: int = 160, size: int = 64, epochs: int = 6, seed: int = 0
) -> EmbeddingRun:
    """Train, embed, cluster and lay out a few images, and return what the explorer shows of them.

    Parameters
    ----------
    dataset : str
        As :func:`semlib.sem.data.open_images` takes it.
    n_images, size, epochs, seed : int
        How many images, their side in pixels, and how the encoder is trained.
    """
    images = open_images(dataset, n=n_images, seed=seed)
    pixels = pipeline.preprocess(images, Preprocess(size=size))
    n = len(pixels)
    config = TrainConfig(epochs=epochs, batch_size=min(32, n), seed=seed)
    features = {
        table.SSL: pipeline.ssl_features(pixels, config),
        table.UNTRAINED: pipeline.untrained_features(pixels, config),
    }
    features |= {method: pipeline.baseline_features(pixels, method) for method in BASELINES}
    layouts, clusters, quality = {}, {}, {}
    for method, x in features.items():
        layouts[method, "UMAP"] = pipeline.umap_layout(x, n_neighbors=min(15, n - 1), seed=seed)
        layouts[method, "t-SNE"] = pipeline.tsne_layout(x, perplexity=min(30.0, (n - 1) / 3), seed=seed)
        clusters[method] = evaluate_clustering(x, k=6).assignments
        (quality[method],) = silhouettes(x - x.mean(axis=0, dtype=np.float64), [clusters[method]])
    shading = shading_features(pixels)
    colours = {} if images.labels is None else {"label": np.asarray(images.labels)}
    colours |= {
        "cluster": clusters,
        "silhouette": quality,
        "mean grey": mean_grey(pixels)[:, 0],
        "shading, across": shading[:, 0],
        "shading, down": shading[:, 1],
    }
    small = [thumbnail(normalize(image), _SIDE) for image in pixels]
    kind = "The synthetic twin" if images.is_synthetic else "Real images"
    return EmbeddingRun(
        about=f"{kind}, a small run: {n} images at {size}×{size} pixels, {epochs} epochs.",
        source=f"{images.source}, n = {n}, {size}×{size} pixels",
        is_real=not images.is_synthetic,
        layouts=layouts,
        images=make_sprite(small, _SIDE, quality=70),
        colours=colours,
        near={method: nearest(x, min(_NEAR, n - 1)) for method, x in features.items()},
        captions=list(images.names),
    )
