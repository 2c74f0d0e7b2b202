"""The table puts each score beside the right method, with the interval that its text says."""

import numpy as np
import pytest

from semlib.sem.evaluate import evaluate_clustering, seed_interval
from semlib.sem.stronger.probe import fold_interval, knn_probe, linear_probe, probe_folds
from semlib.sem.stronger.probe_table import COLUMNS, held_out_row, probe_gains, probe_table

RNG = np.random.default_rng(0)
LABELS = np.repeat([1, 2, 3], [40, 20, 10])
GOOD = [3 * LABELS[:, None] + RNG.standard_normal((70, 4)) for _ in range(3)]
NOISE = RNG.standard_normal((70, 4))
FOLDS = probe_folds(LABELS)


def test_rows_hold_the_scores_of_their_own_features():
    table = probe_table({"good": GOOD, "noise": [NOISE]}, LABELS, FOLDS, k=3)
    assert list(table.index) == ["good", "noise"]
    assert list(table)[::3] == list(COLUMNS)
    clusters = [evaluate_clustering(x, LABELS, k=3) for x in GOOD]
    assert tuple(table.loc["good", ["ami", "ami_low", "ami_high"]]) == seed_interval(
        [s.ami for s in clusters]
    )
    noise = table.loc["noise"]
    assert noise.silhouette == noise.silhouette_low == evaluate_clustering(NOISE, k=3).silhouette
    assert noise.knn == knn_probe(NOISE, LABELS, FOLDS).accuracy
    assert noise.linear_high == linear_probe(NOISE, LABELS, FOLDS).high
    assert table.loc["good"].linear > 0.8 > noise.linear
    # the probes' interval: over the folds, of the seeds' mean in each
    each = np.mean([linear_probe(x, LABELS, FOLDS).values for x in GOOD], axis=0)
    expected = fold_interval(each, test_share=14 / 56)
    assert tuple(table.loc["good", ["linear", "linear_low", "linear_high"]]) == pytest.approx(expected)


def test_gains_are_differences_on_the_same_folds():
    features = {"good": GOOD[:2], "noise": [NOISE], "told": [[NOISE] * 5]}
    table = probe_gains(features, LABELS, FOLDS, [("good", "noise"), ("told", "noise")])
    assert list(table.index) == ["good − noise", "told − noise"]
    good, noise = (
        np.mean([knn_probe(x, LABELS, FOLDS).values for x in xs], axis=0) for xs in (GOOD[:2], [NOISE])
    )
    expected = fold_interval(good - noise, test_share=14 / 56, within=(-1, 1))
    assert tuple(table.loc["good − noise", ["knn", "knn_low", "knn_high"]]) == pytest.approx(expected)
    assert (table.loc["told − noise"] == 0).all()  # the same features
    negative = probe_gains(features, LABELS, FOLDS, [("noise", "good")])
    assert negative.linear_low.item() < negative.linear.item() < 0


def test_rank_of_one_column_is_1_and_of_noise_near_its_width():
    table = probe_table({"one": [NOISE[:, :1]], "four": [NOISE]}, LABELS, FOLDS, k=3)
    assert table["rank"]["one"] == pytest.approx(1)
    assert 3.8 < table["rank"]["four"] <= 4


def test_a_held_out_row_looks_at_held_out_images_only():
    """In each fold the training images carry their label, and the held-out ones are noise."""
    features = []
    for train, _ in FOLDS.splits:
        x = RNG.standard_normal((70, 4))
        x[train] += 100 * LABELS[train, None]
        features.append(x)
    row = held_out_row(features, LABELS, FOLDS, name="bound", k=3).loc["bound"]
    assert abs(row.ami) < 0.25
    assert row.knn < 0.6
    assert row.silhouette < 0.5
    assert row.silhouette_low < row.silhouette < row.silhouette_high
