"""Folds keep groups together and classes in each part; probes are right on toys and blind on noise."""

import numpy as np
import pytest
from scipy.stats import t

from semlib.sem.stronger.probe import fold_interval, knn_probe, linear_probe, probe_folds

PROBES = [linear_probe, knn_probe]


def toy(sizes=(200, 40, 12), d=5, apart=20.0, seed=0):
    """Classes of unequal size around distant centres."""
    rng = np.random.default_rng(seed)
    labels = rng.permutation(np.repeat(np.arange(len(sizes)) + 1, sizes))
    centres = apart * rng.standard_normal((len(sizes), d))
    return centres[labels - 1] + rng.standard_normal((len(labels), d)), labels


@pytest.mark.parametrize("probe", PROBES)
def test_separable_classes_are_found(probe):
    x, labels = toy()
    scores = probe(x, labels, probe_folds(labels, n_splits=4))
    assert scores.accuracy == 1
    assert (scores.low, scores.high) == (1, 1)
    assert scores.confusion.tolist() == np.diag([200, 40, 12]).tolist()


@pytest.mark.parametrize("probe", PROBES)
def test_shuffled_labels_score_chance_whatever_the_class_sizes(probe):
    x, labels = toy(sizes=(300, 100, 60))
    values = []
    for seed in range(4):
        shuffled = np.random.default_rng(seed).permutation(labels)
        scores = probe(x, shuffled, probe_folds(shuffled, repeats=2, seed=seed))
        values.append(scores.accuracy)
    assert scores.chance == pytest.approx(1 / 3)
    assert np.mean(values) == pytest.approx(1 / 3, abs=0.04)


def test_confusion_and_macro_accuracy_by_hand():
    """One column, the classes at 0 and 10, but one image of class "b" lies at 0: it is taken for "a"."""
    x = np.array([0, 0.1, 0.2, 0.3, 10, 10.1, 10.2, 0.15])[:, None]
    labels = np.array(list("aaaabbbb"))
    folds = probe_folds(labels, n_splits=2, repeats=3)
    scores = knn_probe(x, labels, folds, n_neighbors=1)
    assert scores.confusion.sum() == 3 * 8
    assert scores.confusion[1].tolist() == [3, 9]  # in each repeat one of the four
    recalls = scores.confusion.diagonal() / scores.confusion.sum(axis=1)
    assert scores.accuracy == pytest.approx(recalls.mean())  # equal test parts: the mean of means


def test_votes_are_divided_by_the_size_of_the_class():
    """Of a test image's 5 neighbours 3 are of the large class and 2 of the small one: the small one wins."""
    at = np.array([-1, 1, 1.1, 1.2, 3] + [50 + i for i in range(5)], float)
    labels = np.array([1, 0, 1, 0, 0, 0, 0, 0, 0, 0])
    folds = probe_folds(np.array([0, 1] * 6), n_splits=2)
    one = type(folds)(((np.arange(10), np.array([10, 11])),) * 2, np.array([0, 1]), {})
    x, labels = np.append(at, [1.05, 55])[:, None], np.append(labels, [1, 0])
    assert knn_probe(x, labels, one, n_neighbors=5).values.tolist() == [1, 1]


def test_groups_are_never_split_and_classes_are_in_each_part():
    rng = np.random.default_rng(0)
    labels = np.repeat([1, 2, 3], [90, 30, 12])
    groups = np.concatenate(
        [rng.integers(0, 30, 90), 100 + rng.integers(0, 12, 30), 200 + np.arange(12) // 2]
    )
    folds = probe_folds(labels, groups, n_splits=5, repeats=3, seed=1)
    assert len(folds.splits) == 15
    for train, test in folds.splits:
        assert not set(groups[train]) & set(groups[test])
        assert set(labels[train]) == set(labels[test]) == {1, 2, 3}
        assert (np.diff(train) > 0).all()
    for repeat in range(3):
        tested = np.concatenate([test for _, test in folds.splits[5 * repeat : 5 * repeat + 5]])
        assert sorted(tested) == list(range(len(labels)))  # each image is tested once a repeat


def test_copies_would_flatter_a_probe_without_groups():
    """On pure noise in which each image is there twice, the nearest neighbour is its copy, unless grouped."""
    rng = np.random.default_rng(0)
    x, labels = np.tile(rng.standard_normal((60, 4)), (2, 1)), np.tile(np.repeat([0, 1], 30), 2)
    loose = knn_probe(x, labels, probe_folds(labels, repeats=3), n_neighbors=1)
    grouped = knn_probe(x, labels, probe_folds(labels, np.tile(range(60), 2), repeats=3), n_neighbors=1)
    assert loose.accuracy > 0.8
    assert grouped.accuracy < 0.65


def test_small_classes_are_named_and_in_no_part():
    labels = np.repeat([1, 2, 3, 5], [20, 4, 30, 1])
    folds = probe_folds(labels, n_splits=5)
    assert folds.left_out == {2: 4, 5: 1}
    assert folds.classes.tolist() == [1, 3]
    assert folds.chance == 0.5
    assert all(set(labels[np.concatenate(split)]) == {1, 3} for split in folds.splits)


def test_a_class_of_many_images_in_few_groups_is_too_small():
    labels, groups = np.repeat([0, 1, 2], 20), np.concatenate([np.arange(40), [100] * 20])
    assert probe_folds(labels, groups).left_out == {2: 1}


def test_a_group_of_several_classes_stays_whole():
    labels = np.array([0] * 10 + [1] * 10 + [0, 0, 1])
    groups = np.array([*range(20), 50, 50, 50])
    for train, test in probe_folds(labels, groups, n_splits=3).splits:
        together = {20, 21, 22}
        assert together <= set(test) or together <= set(train)


def test_repeats_go_on_from_the_same_first_folds():
    labels = toy()[1]
    few, many = probe_folds(labels, repeats=1, seed=3), probe_folds(labels, repeats=2, seed=3)
    for (a, b), (c, d) in zip(few.splits, many.splits, strict=False):
        np.testing.assert_array_equal(np.concatenate([a, b]), np.concatenate([c, d]))
    assert any(len(set(a[1]) - set(b[1])) for a, b in zip(many.splits[:5], many.splits[5:], strict=True))
    assert any(
        set(a[1]) != set(b[1]) for a, b in zip(few.splits, probe_folds(labels, seed=4).splits, strict=True)
    )


@pytest.mark.parametrize("probe", PROBES)
def test_a_list_gives_each_fold_its_own_features(probe):
    """Each fold's features are useless in all other folds; used in their own, they are perfect."""
    x, labels = toy()
    folds = probe_folds(labels, n_splits=3)
    noise = np.random.default_rng(0).standard_normal((3, *x.shape))
    scores = probe([x, noise[1], noise[2]], labels, folds)
    assert scores.values[0] == 1
    assert scores.values[1:].max() < 0.7


def test_units_of_columns_do_not_matter():
    x, labels = toy(apart=2.0)
    folds = probe_folds(labels, n_splits=3)
    first, other = (linear_probe(y, labels, folds) for y in (x, x * [1, 1e3, 1e-3, 1, 1] + 7))
    np.testing.assert_allclose(first.values, other.values, atol=0.02)


@pytest.mark.parametrize("probe", PROBES)
def test_test_images_take_no_part_in_the_scaling(probe):
    """The first column tells the classes; one test image's is huge, and would flatten it for all others."""
    rng = np.random.default_rng(0)
    labels = np.repeat([0, 1], 50)
    x = np.column_stack([labels + 0.1 * rng.standard_normal(100), rng.standard_normal((100, 3))])
    folds = probe_folds(labels, n_splits=2)
    x[folds.splits[0][1][0], 0] = 1e9
    assert probe(x, labels, folds).values[0] > 0.8


@pytest.mark.parametrize("probe", PROBES)
def test_a_small_class_is_not_outvoted(probe):
    """Two overlapping classes, ten to one: naming the large one always is right for nine of ten images."""
    rng = np.random.default_rng(0)
    labels = np.repeat([0, 1], [600, 60])
    x = rng.standard_normal((660, 1)) + 2 * labels[:, None]
    counts = probe(x, labels, probe_folds(labels)).confusion
    assert counts[1, 1] > 0.7 * counts[1].sum()


def test_fold_interval_by_hand():
    # mean ½, variance 1/50; half width t · √((1/2 + 1/4) · 1/50)
    mean, low, high = fold_interval([0.4, 0.6], test_share=0.25)
    half = t.ppf(0.975, 1) * (0.75 * 0.02) ** 0.5
    assert mean == 0.5
    assert (low, high) == (max(0, 0.5 - half), min(1, 0.5 + half))
    mean, low, high = fold_interval([0.5, 0.5, 0.56, 0.44], test_share=0.25)
    assert high - mean == pytest.approx(t.ppf(0.975, 3) * (0.5 * 0.0024) ** 0.5)
    assert mean - low == pytest.approx(high - mean)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([1, 1, 1, 2, 2],), r"0 classes of at least n_splits=5 groups \(groups by class: 1: 3, 2: 2\)"),
        (([1] * 9 + [2] * 3,), "1 classes of at least"),
        (([1, 2] * 9, [0, 1]), "groups has 2 values for 18 samples"),
    ],
)
def test_bad_folds(arguments, message):
    with pytest.raises(ValueError, match=message):
        probe_folds(*arguments)


def test_bad_arguments():
    x, labels = toy()
    folds = probe_folds(labels)
    with pytest.raises(ValueError, match="n_splits=1 must be an integer of at least 2"):
        probe_folds(labels, n_splits=1)
    with pytest.raises(ValueError, match="features has 251 rows for 252 labels"):
        linear_probe(x[1:], labels, folds)
    with pytest.raises(ValueError, match="list of 2 arrays for 5 folds"):
        linear_probe([x, x], labels, folds)
    with pytest.raises(ValueError, match="n_neighbors=0 must be an integer of at least 1"):
        knn_probe(x, labels, folds, n_neighbors=0)
    with pytest.raises(ValueError, match="one score a fold, at least 2"):
        fold_interval([0.5], test_share=0.2)
