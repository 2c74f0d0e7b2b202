"""Does training in bfloat16 change the results by more than another seed does?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from sklearn.metrics import adjusted_rand_score

from semlib import runtime
from semlib.sem import pipeline
from semlib.sem.collapse import diagnostics
from semlib.sem.config import TrainConfig
from semlib.sem.evaluate import evaluate_clustering, seed_interval
from semlib.sem.train import embed

#: What is compared: precision of training, precision of embedding.
VARIANTS = {
    "float32": ("float32", "float32"),
    "bf16 training": ("bf16", "float32"),
    "bf16 training and embedding": ("bf16", "bf16"),
}
#: What the pairs of clusterings are called in which only the seed differs.
OTHER_SEED = "float32, another seed"
_MEASURES = ("loss", "spread", "effective_rank", "silhouette", "nmi", "ami")


def compare_precisions(
    pixels: np.ndarray,
    labels: ArrayLike | None = None,
    *,
    seeds: Sequence[int],
    config: TrainConfig,
    k: int = 6,
    progress: bool = True,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Train with each seed in both precisions, and compare scores and clusters.

    Parameters
    ----------
    pixels, labels, seeds, k, progress
        As in :func:`semlib.sem.ablations.run_ablations`; at least two seeds.
    config : TrainConfig
        Its ``precision`` and ``seed`` are replaced.

    Returns
    -------
    scores : DataFrame
        A row for each of :data:`VARIANTS` and each seed: ``variant``, ``seed``, ``loss``, ``spread``,
        ``effective_rank``, ``silhouette``, and with labels ``nmi``, ``ami``.
    agreement : DataFrame
        ``pair`` (a variant, against float32 of the same seed; or :data:`OTHER_SEED`) and ``ari`` of the two
        clusterings: 1 if they are the same, 0 by chance.
    """
    rows, clusters = [], {}
    runs = [(variant, seed) for seed in seeds for variant in VARIANTS]
    for variant, seed in runtime.progress_bar(runs, desc="precisions", unit="run", progress=progress):
        of_training, of_embedding = VARIANTS[variant]
        own = replace(config, seed=seed, precision=of_training)
        training = pipeline.train(pixels, own, progress=False)
        z = embed(
            training.encoder,
            pixels,
            normalize=own.normalize,
            device=own.device,
            precision=of_embedding,
        )
        result = evaluate_clustering(z, labels, k=k)
        clusters[variant, seed] = result.assignments
        known = {s: v for s, v in result.row().items() if s in ("silhouette", "nmi", "ami") and v is not None}
        loss = {"loss": training.history.loss.iloc[-1]}
        rows.append({"variant": variant, "seed": seed} | loss | diagnostics(z) | known)
    pairs = [(v, (v, seed), ("float32", seed)) for v in VARIANTS if v != "float32" for seed in seeds]
    pairs += [(OTHER_SEED, ("float32", a), ("float32", b)) for a, b in combinations(seeds, 2)]
    agreement = [{"pair": name, "ari": adjusted_rand_score(clusters[a], clusters[b])} for name, a, b in pairs]
    return pd.DataFrame(rows), pd.DataFrame(agreement)


def precision_table(scores: pd.DataFrame, variant: str = "bf16 training") -> pd.DataFrame:
    """Set the paired differences beside the seed interval.

    Parameters
    ----------
    scores : DataFrame
        From :func:`compare_precisions`.
    variant : str
        Which of :data:`VARIANTS` to compare with "float32".

    Returns
    -------
    DataFrame
        Index: the measures. ``float32``, ``float32_low``, ``float32_high``: mean and 95 % interval over the
        seeds; ``difference``, ``difference_low``, ``difference_high``: of equal seeds, variant less float32;
        ``inside``: whether the variant's mean lies in float32's interval.

    Raises
    ------
    ValueError
        If the variant is unknown.
    """
    if variant not in VARIANTS or variant == "float32":
        others = ", ".join(repr(name) for name in VARIANTS if name != "float32")
        raise ValueError(f"variant={variant!r} must be one of {others}")
    table = {}
    for measure in [name for name in _MEASURES if name in scores]:
        values = scores.pivot(index="seed", columns="variant", values=measure)
        mean, low, high = seed_interval(values["float32"])
        difference = seed_interval(values[variant] - values["float32"])
        row = {"float32": mean, "float32_low": low, "float32_high": high}
        row |= dict(zip(("difference", "difference_low", "difference_high"), difference, strict=True))
        table[measure] = row | {"inside": low <= values[variant].mean() <= high}
    return pd.DataFrame(table).T.infer_objects()
