"""The study of recognition: parts share no map, all filters get the same, labels reach only the loss."""

import numpy as np
import pytest

from semlib.wafer import _recognition_data as data
from semlib.wafer import recognition as study
from semlib.wafer._recognition_forest import polar_features
from semlib.wafer._recognition_net import NetConfig, fit_net
from semlib.wafer._wafer_maps import WaferMaps
from semlib.wafer.recognition import Setting, balanced_twin, from_record, recognise, split_parts, to_record
from tests.wafer.small_maps import TURNS, draw

TINY = NetConfig(channels=(4, 8), epochs=2, batch_size=8)
SETS = [(), ("Center",), ("Edge-Ring",)]


@pytest.fixture(scope="module")
def twin():
    return balanced_twin(16, SETS, (0.02, 0.1), seed=3)[0]


@pytest.fixture
def no_store(monkeypatch, tmp_path):
    monkeypatch.setenv("SEMLIB_CACHE", str(tmp_path))


def test_turned_and_mirrored_maps_are_one_group():
    one = draw(" .. ", "#...", "....", " #. ")
    other = draw(" .. ", "##..", "....", " .. ")
    groups = data.turned_groups([*(turn(one) for turn in TURNS.values()), other])
    assert groups.tolist() == [0] * 8 + [1]


def test_groups_of_maps_that_are_not_square():
    one = np.array([[1, 2, 1], [1, 1, 1]], np.uint8)
    assert data.turned_groups([one, one.T, one[::-1], np.full((2, 3), 1, np.uint8)]).tolist() == [0, 0, 0, 1]


def test_parts_share_no_group_and_are_balanced():
    rng = np.random.default_rng(0)
    classes = np.repeat([0, 1, 2], [90, 90, 30])
    groups = rng.integers(0, 150, len(classes))  # many copies
    parts = split_parts(groups, classes, (20, 5, 10), seed=4)
    held = [set(groups[part]) for part in (parts.train, parts.validation, parts.test)]
    assert not held[0] & held[1]
    assert not held[0] & held[2]
    assert not held[1] & held[2]
    assert np.bincount(classes[parts.train]).max() == 20
    assert np.bincount(classes[parts.test])[:2].tolist() == [10, 10]


def test_seed_changes_training_maps_and_no_test_map():
    classes, groups = np.repeat([0, 1], 60), np.arange(120)
    a, b = (split_parts(groups, classes, (10, 5, 10), seed=seed) for seed in (0, 1))
    assert np.array_equal(a.test, b.test)
    assert not np.array_equal(a.train, b.train)
    again = split_parts(groups, classes, (10, 5, 10), seed=1)
    assert np.array_equal(b.train, again.train)


def test_each_filter_gets_the_same_maps(twin, no_store, monkeypatch):
    """A filter that records what it is given, and changes nothing, scores as raw maps do."""
    seen = []
    monkeypatch.setitem(study.FILTERS, "spy", lambda maps, n_jobs: seen.append(maps.copy()) or maps)
    monkeypatch.setitem(study.FILTERS, "raw", lambda maps, n_jobs: seen.append(maps.copy()) or maps)
    found = recognise(
        twin, Setting(6, 3, 4, noise=0.1), filters=("raw", "spy"), models=("network",), seeds=(0, 1),
        config=TINY, progress=False,
    )  # fmt: skip
    assert len(seen) == 2
    assert np.array_equal(seen[0], seen[1])
    for seed in (0, 1):
        assert np.array_equal(
            found.predicted["raw", "network", seed], found.predicted["spy", "network", seed]
        )
    table = found.scores(resamples=20)[1].loc[("network", "spy")]
    assert (table.gain, table.gain_low, table.gain_high) == (0, 0, 0)


def test_test_labels_change_no_prediction(twin, no_store):
    """With other labels on the test maps, and the same parts, every model says the same."""
    stack = np.stack(list(twin))
    classes = np.repeat([0, 1, 2], 16)
    parts = split_parts(data.turned_groups(stack), classes, (6, 3, 4), seed=0)
    other = classes.copy()
    other[parts.test] = np.random.default_rng(0).permutation(classes[parts.test])
    assert not np.array_equal(other, classes)
    for model in study.MODELS:
        a, b = (study._run(stack, labels, 3, parts, model, 0, TINY) for labels in (classes, other))
        assert np.array_equal(a, b)


def test_models_are_fitted_on_no_test_map(monkeypatch):
    """What is fitted, and what the epoch is chosen by, has a number no test map has; labels go with it."""
    classes = np.tile([0, 1], 40)
    maps = np.arange(80)[:, None, None]  # each map is its own number
    parts = split_parts(np.arange(80), classes, (10, 5, 8), seed=0)
    given = []

    class Fitted:
        def predict(self, maps):
            assert np.array_equal(maps.ravel(), parts.test)
            return maps

    def spy(*arrays, **options):
        given.extend(arrays)
        return Fitted()

    monkeypatch.setattr(study, "fit_net", spy)
    monkeypatch.setattr(study, "fit_forest", spy)
    monkeypatch.setattr(study, "polar_features", lambda maps: maps)
    for model in study.MODELS:
        study._run(maps, classes, 2, parts, model, 0, TINY)
    assert len(given) == 4 + 2
    for some, labels in zip(given[::2], given[1::2], strict=True):
        assert not np.isin(some, parts.test).any()
        assert np.array_equal(labels, classes[some.ravel()])


def test_filters_and_features_see_no_label(twin):
    """Both take maps alone; the classes are numbers that only the models get."""
    stack = np.stack(list(twin))
    for name in set(study.FILTERS) - {"NPFC", "NPFC, practical"}:  # these have to be compiled first
        assert np.array_equal(
            data.filter_maps(stack[:3], name), data.filter_maps(stack[[2, 1, 0]], name)[::-1]
        )
    assert np.array_equal(polar_features(stack)[:3], polar_features(stack[:3]))


def test_same_seed_same_network(twin):
    stack = np.stack(list(twin))
    classes = np.repeat([0, 1, 2], 16)

    def fit(seed):
        return fit_net(
            stack[::2], classes[::2], stack[1::2], classes[1::2], n_classes=3, config=TINY, seed=seed
        )

    a, b, c = fit(0), fit(0), fit(1)
    assert a.validation == b.validation
    assert all((p == q).all() for p, q in zip(a.net.parameters(), b.net.parameters(), strict=True))
    assert any((p != q).any() for p, q in zip(a.net.parameters(), c.net.parameters(), strict=True))


def test_the_best_epoch_is_kept(twin):
    from semlib.wafer.recognition_scores import macro_f1

    stack, classes = np.stack(list(twin)), np.repeat([0, 1, 2], 16)
    config = NetConfig(channels=(4, 8), epochs=9, batch_size=8, lr=0.5)  # so large that it goes up and down
    fitted = fit_net(stack, classes, stack, classes, n_classes=3, config=config, seed=1)
    assert macro_f1(classes, fitted.predict(stack), 3) == pytest.approx(max(fitted.validation))
    assert fitted.validation[-1] < max(fitted.validation)


def test_it_learns_what_is_easy(no_store):
    maps = balanced_twin(40, SETS, (0.02,), seed=1)[0]
    config = NetConfig(channels=(8, 16), epochs=12, batch_size=8)
    found = recognise(maps, Setting(20, 6, 10), filters=("raw",), seeds=(0, 1), config=config, progress=False)
    assert (found.scores(resamples=10)[0].f1 > 0.8).all()  # by chance 1/3


def test_features_do_not_change_in_a_mirror_and_little_by_a_turn():
    maps = balanced_twin(4, [("Center", "Edge-Loc")], (0.05,), seed=2)[0]
    stack = np.stack(list(maps))
    plain, turned = polar_features(stack), polar_features(np.rot90(stack, axes=(1, 2)))
    assert turned == pytest.approx(plain, abs=0.05)


def test_noise_hits_good_dies_only():
    maps = np.repeat(draw(" ...", "..#.", "####")[None], 200, axis=0)
    noisy = data.add_noise(maps, 0.25, seed=0)
    assert np.array_equal(noisy == 0, maps == 0)
    assert (noisy[maps == 2] == 2).all()
    assert (noisy[maps == 1] == 2).mean() == pytest.approx(0.25, abs=0.04)
    assert data.add_noise(maps, 0, seed=0) is maps


def test_twin_has_equal_classes_and_no_map_twice():
    maps, noise = balanced_twin(6, [(), ("Loc",), ("Loc", "Scratch")], (0.05, 0.2))
    assert maps.patterns.sum(1).tolist() == [0] * 6 + [1] * 6 + [2] * 6
    assert np.unique(noise, return_counts=True)[1].tolist() == [9, 9]
    assert len(np.unique(data.turned_groups(list(maps)))) == 18
    assert len(study.twin_combinations()) == 36
    assert len(study.twin_combinations(1)) == 7


def test_record_and_back(twin, no_store):
    import json

    found = recognise(
        twin, Setting(6, 3, 4), filters=("raw", "median 3×3"), seeds=(0, 1), config=TINY, progress=False
    )
    summary = from_record(json.loads(json.dumps(to_record(found, resamples=20), sort_keys=True)))
    runs, filters = found.scores(resamples=20)
    assert summary.runs.f1.to_numpy() == pytest.approx(runs.f1.to_numpy(), abs=1e-5)
    assert summary.filters.gain.to_numpy() == pytest.approx(filters.gain.to_numpy(), abs=1e-5, nan_ok=True)
    assert summary.filters.index.equals(filters.index)
    assert summary.by_class.columns.tolist() == ["none", "Center", "Edge-Ring"]
    assert summary.by_count.loc["raw", 0] == pytest.approx(summary.by_class.loc["raw", "none"])
    assert summary.by_count.loc["raw", 1] == pytest.approx(
        summary.by_class.loc["raw"].iloc[1:].mean(), abs=1e-5
    )
    assert summary.n_test == len(found.truth) == 12
    lost, won = found.disagreements("median 3×3")
    assert summary.changed.loc["median 3×3"].tolist() == [len(lost), len(won)]


def test_errors(twin):
    with pytest.raises(ValueError, match="models names 'tree'; choose from network, forest"):
        recognise(twin, Setting(1, 1, 1), models=("tree",))
    with pytest.raises(ValueError, match="filters names 'blur'; choose from raw, "):
        recognise(twin, Setting(1, 1, 1), filters=("blur",))
    with pytest.raises(ValueError, match=r"maps has no patterns .*labels to learn from"):
        recognise(WaferMaps(list(twin), "own"), Setting(1, 1, 1))
    sizes = WaferMaps([twin[0], twin[0][2:]], "own", ("A",), np.array([[True], [False]]))
    with pytest.raises(ValueError, match=r"maps have 2 shapes; .*pass maps of one size"):
        recognise(sizes, Setting(1, 1, 1))
    with pytest.raises(ValueError, match=r"the (test|validation|train) part has no map of the classes \[1\]"):
        split_parts(np.arange(30), np.r_[np.zeros(29, int), 1], (3, 3, 3), seed=0)
    with pytest.raises(ValueError, match=r"sizes=.* must be three numbers of at least 1"):
        split_parts(np.arange(30), np.zeros(30, int), (3, 0, 3), seed=0)
    with pytest.raises(ValueError, match=r"noise=0.7 must be a share between 0 and 0.5"):
        data.add_noise(np.stack(list(twin)), 0.7, seed=0)
    with pytest.raises(ValueError, match="n=0 must be at least 1"):
        balanced_twin(0, SETS)
    with pytest.raises(ValueError, match="precision='half' must be 'bf16' or 'float32'"):
        NetConfig(precision="half")
    with pytest.raises(ValueError, match="epochs=0 must be at least 1"):
        NetConfig(epochs=0)
