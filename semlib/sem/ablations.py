"""What each part of paper 1's method is for: training without it, from the same seeds.

Every ablation is a change of :class:`~semlib.sem.config.TrainConfig`, or of the statistics that the finished
encoder normalises by. A clustering can only be judged beside that of the encoder that training started from,
so each row has the same figures of that one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from semlib import runtime
from semlib.sem import pipeline
from semlib.sem.calibrate import calibrate
from semlib.sem.collapse import diagnostics
from semlib.sem.config import TrainConfig, levels_in_use
from semlib.sem.evaluate import evaluate_clustering, seed_interval
from semlib.sem.train import embed, untrained

#: Name of the row that changes nothing.
REFERENCE = "as the paper"
MEASURES = ("spread", "effective_rank", "silhouette", "nmi", "ami")


@dataclass(frozen=True)
class Ablation:
    """One change of the method.

    Attributes
    ----------
    group : str
        What it belongs to: "reference", "against collapse", "pairs", "scales" or "encoder".
    changes : mapping
        Fields of :class:`~semlib.sem.config.TrainConfig` and their values.
    statistics : tuple of int, optional
        If given, batch normalisation gets its statistics anew after training, from these levels
        (:func:`semlib.sem.calibrate.calibrate`).
    """

    group: str
    changes: Mapping = field(default_factory=dict)
    statistics: tuple[int, ...] | None = None


_ORDERED = [(j, k) for j in range(3) for k in range(3) if j != k]

#: All ablations by name. "p0 → z1" is the pair (0, 1) alone: the projection of L0 against the embedding of
#: L1. No pyramid, three equal views, is "L0 alone": each of its pairs has the same loss and gradient.
#: With neither head nor stop-gradient the gradient is twice that with no head only, since each pair comes in
#: both orders; Adam divides by its size, so that the two trainings are the same up to rounding.
ABLATIONS: dict[str, Ablation] = {
    REFERENCE: Ablation("reference"),
    "no stop-gradient": Ablation("against collapse", {"stop_gradient": False}),
    "no head": Ablation("against collapse", {"head": False}),
    "no head, no stop-gradient": Ablation("against collapse", {"head": False, "stop_gradient": False}),
    **{f"p{j} → z{k}": Ablation("pairs", {"pairs": ((j, k),)}) for j, k in _ORDERED},
    **{f"L{j} alone": Ablation("scales", {"pairs": ((j, j),)}) for j in range(3)},
    "blurred, not smaller": Ablation("scales", {"views": "blurred"}),
    "max pooling": Ablation("encoder", {"pool": "max"}),
    "average + max pooling": Ablation("encoder", {"pool": "average+max"}),
    "statistics anew, all levels": Ablation("encoder", statistics=(0, 1, 2)),
    "statistics anew, L0's own": Ablation("encoder", statistics=(0,)),
}


def run_ablations(
    pixels: np.ndarray,
    labels: ArrayLike | None = None,
    *,
    seeds: Sequence[int],
    config: TrainConfig,
    names: Sequence[str] = tuple(ABLATIONS),
    k: int = 6,
    progress: bool = True,
) -> pd.DataFrame:
    """Train with each change and each seed, and measure the embeddings of all images.

    Embeddings are taken in evaluation mode and float32, at the finest level that takes part in training: L0,
    but L1 where only L1 and L2 are compared. All runs of a seed start from the same weights and see the
    images in the same order. Trainings are kept on disk (:func:`semlib.sem.pipeline.train`).

    Parameters
    ----------
    pixels : ndarray, (N, S, S)
        As in :func:`semlib.sem.train.fit`.
    labels : array_like, (N,), optional
        Known classes. They score the finished clusters; training does not get them.
    seeds : sequence of int
        Of the trainings. K-means has the seed 0 in all rows.
    config : TrainConfig
        What the ablations change.
    names : sequence of str
        Keys of :data:`ABLATIONS`; all of them by default.
    k : int, default 6
        Clusters.
    progress : bool, default True
        Show a bar.

    Returns
    -------
    DataFrame
        A row for each ablation and seed: ``ablation``, ``group``, ``seed``, ``level``, ``loss`` (of the last
        epoch), ``spread``, ``effective_rank``, ``silhouette`` and, with labels, ``nmi``, ``ami``, ``ari``;
        the last ones also as ``untrained_spread`` and so on, of the encoder before training.

    Raises
    ------
    ValueError
        If a name is unknown, or ``config`` changes already what the ablations change.
    """
    _check_names(names)
    if changed := [name for name in _CHANGED if getattr(config, name) != getattr(TrainConfig(), name)]:
        raise ValueError(
            f"config.{changed[0]}={getattr(config, changed[0])!r} is itself an ablation; leave "
            f"{', '.join(changed)} as in TrainConfig(), so that every row differs by one change only"
        )
    if config.levels != 3:
        raise ValueError(
            f"config.levels={config.levels}; the ablations name the levels L0, L1 and L2: pass 3"
        )
    rows, starts = [], {}
    runs = [(name, seed) for name in names for seed in seeds]
    for name, seed in runtime.progress_bar(runs, desc="ablations", unit="run", progress=progress):
        ablation, own = ABLATIONS[name], ablated(config, name, seed)
        level = levels_in_use(own)[0]

        def measured(encoder, own=own, level=level):
            z = embed(encoder, pixels, level=level, normalize=own.normalize, device=own.device)
            scores = evaluate_clustering(z, labels, k=k).row()
            known = {s: scores[s] for s in ("silhouette", "nmi", "ami", "ari") if scores[s] is not None}
            return diagnostics(z) | known

        training = pipeline.train(pixels, own, progress=False)
        encoder, levels = training.encoder, ablation.statistics
        if levels is not None:
            encoder = calibrate(encoder, pixels, own, levels=levels)
        start = (seed, own.pool, own.views, tuple(levels or levels_in_use(own)))
        if start not in starts:
            before = untrained(pixels, own)
            before = before if levels is None else calibrate(before, pixels, own, levels=levels)
            starts[start] = measured(before)
        rows.append(
            {"ablation": name, "group": ablation.group, "seed": seed, "level": level}
            | {"loss": training.history.loss.iloc[-1]}
            | measured(encoder)
            | {f"untrained_{measure}": value for measure, value in starts[start].items()}
        )
    return pd.DataFrame(rows)


def training_rows(
    pixels: np.ndarray, *, seeds: Sequence[int], config: TrainConfig, names: Sequence[str] = tuple(ABLATIONS)
) -> pd.DataFrame:
    """Return the histories of the same trainings: ``ablation``, ``seed``, and the columns of ``history``.

    Ablations that only take other statistics after training have no history of their own and are left out.
    """
    _check_names(names)
    parts = [
        pipeline.train(pixels, ablated(config, name, seed), progress=False).history.assign(
            ablation=name, seed=seed
        )
        for name in names
        if ABLATIONS[name].statistics is None
        for seed in seeds
    ]
    columns = ["ablation", "seed", "epoch", "loss", "spread", "effective_rank"]
    return pd.concat(parts, ignore_index=True)[columns]


def ablated(config: TrainConfig, name: str, seed: int) -> TrainConfig:
    """Return the configuration of one run."""
    return replace(config, seed=seed, **ABLATIONS[name].changes)


def ablation_table(rows: pd.DataFrame) -> pd.DataFrame:
    """Sum up the rows of :func:`run_ablations` by ablation.

    Returns
    -------
    DataFrame
        Index ``ablation``, in the order of the rows. For each measure its mean over the seeds,
        ``…_change`` against the reference (mean of the differences of equal seeds) with the 95 % interval
        ``…_change_low`` and ``…_change_high`` (NaN from one seed), and ``…_untrained``. Also ``group`` and
        ``level``.

    Raises
    ------
    ValueError
        If the reference is not among the rows, or an ablation lacks one of its seeds.
    """
    wide = {m: rows.pivot(index="seed", columns="ablation", values=m) for m in MEASURES if m in rows}
    first = rows.groupby("ablation", sort=False).first()[["group", "level"]]
    if REFERENCE not in first.index:
        raise ValueError(f"rows lacks {REFERENCE!r}, with which the others are compared; run it too")
    if any(table.columns.size * table.index.size != len(rows) for table in wide.values()):
        raise ValueError("rows must hold each ablation once for each seed; run all with the same seeds")
    table = {}
    for name in first.index:
        row = first.loc[name].to_dict()
        for measure, values in wide.items():
            low_high = _interval(values[name] - values[REFERENCE])
            row |= {measure: values[name].mean()}
            row |= dict(
                zip((f"{measure}_change{end}" for end in ("", "_low", "_high")), low_high, strict=True)
            )
            row |= {f"{measure}_untrained": rows.loc[rows.ablation == name, f"untrained_{measure}"].mean()}
        table[name] = row
    return pd.DataFrame(table).T.infer_objects().rename_axis("ablation")


def _interval(differences: pd.Series) -> tuple[float, float, float]:
    if len(differences) < 2 or not np.isfinite(differences).all():
        return differences.mean(), np.nan, np.nan
    return seed_interval(differences)


def _check_names(names: Sequence[str]) -> None:
    if unknown := [name for name in names if name not in ABLATIONS]:
        raise ValueError(f"names holds {unknown[0]!r}; choose from {', '.join(ABLATIONS)}")


_CHANGED = sorted({name for ablation in ABLATIONS.values() for name in ablation.changes})
