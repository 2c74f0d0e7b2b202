"""The class of all wafer maps, the twin, what a notebook opens, and damaged files."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from wafer_files import MAP, STACK, real, same, save_mixed

from semlib.wafer.data import MIXEDWM38_PATTERNS, WaferMaps, load_maps, mixedwm38, open_maps, synthetic
from semlib.wafer.synthetic import PATTERNS, patterns_of, synthetic_mixed_maps

# --- WaferMaps ---------------------------------------------------------------------------------


def test_a_sequence_of_maps():
    maps = WaferMaps(list(STACK), "three maps")
    assert len(maps) == 3
    assert np.array_equal(maps[1], STACK[1])
    assert np.array_equal(maps[-1], STACK[2])
    assert same(list(maps), STACK)
    assert repr(WaferMaps([MAP] * 1234, "many", notes=("a", "b"))) == "<WaferMaps: 1,234 maps; many; a; b>"
    with pytest.raises(AttributeError):
        maps.source = "another"


@pytest.mark.parametrize("indices", [[4, 1], np.array([4, 1]), [-1, 1]])
def test_subset_by_number_keeps_the_order(indices):
    maps = synthetic(5, 2, 0.1, 3)
    part = maps.subset(indices)
    assert same(part, [maps[4], maps[1]])
    assert (part.patterns == maps.patterns[[4, 1]]).all()
    assert (part.truth == maps.truth[[4, 1]]).all()
    source = f"{maps.source}, of which 2"
    assert (part.source, part.is_synthetic, part.pattern_names) == (source, True, PATTERNS)


def test_subset_by_mask_and_of_nothing():
    maps = synthetic(5)
    assert same(
        maps.subset(maps.patterns[:, 0]), [m for m, p in zip(maps, maps.patterns, strict=True) if p[0]]
    )
    assert len(maps.subset([])) == 0
    with pytest.raises(IndexError):
        maps.subset([5])
    with pytest.raises(IndexError):
        maps.subset([True, False])


def test_unique_keeps_the_first_of_equal_maps():
    row = np.array([[1, 2, 1, 2]], np.uint8)
    maps = WaferMaps(
        [MAP, row, MAP.copy(), row.reshape(2, 2), row],
        "repeated",
        ("a",),
        np.array([[True], [False], [False], [True], [True]]),
    )
    found = maps.unique()
    assert same(found, [MAP, row, row.reshape(2, 2)])  # equal bytes of another shape are another map
    assert found.patterns.tolist() == [[True], [False], [True]]
    assert found.source == "repeated, of which 3 without copies"
    assert found.unique().source == found.source
    assert maps.subset([4, 0]).source == "repeated, of which 2"
    assert maps.subset([4, 3, 2, 1, 0]).source == "repeated"


def test_content_groups_and_splits():
    rows = [np.full((1, k), 2, np.uint8) for k in (1, 2, 3, 4, 5)]
    maps = WaferMaps([*rows, *rows], "twice", table=pd.DataFrame({"lot": list("aabbc") + list("ddeef")}))
    assert maps.content_groups().tolist() == [0, 1, 2, 3, 4] * 2
    for seed in range(3):
        train, test = maps.split(test=0.4, seed=seed)
        assert {m.shape for m in train}.isdisjoint(m.shape for m in test)
        assert (len(train), len(test)) == (6, 4)
        assert train.source == f"twice, train part (content, 0.4, seed {seed})"
        # a and d share maps 1 and 2, b and e maps 3 and 4: three groups are left
        train, test = maps.split(test=0.34, seed=seed, by="lot")
        assert {m.shape for m in train}.isdisjoint(m.shape for m in test)
        assert set(train.table["lot"]).isdisjoint(test.table["lot"])
        assert (set(train.table["lot"]) | set(test.table["lot"])) == set("abcdef")
    with pytest.raises(ValueError, match="by='row' must be 'content' or 'lot'"):
        maps.split(by="row")
    with pytest.raises(ValueError, match="by='lot', and of one no lots are known; pass by='content'"):
        WaferMaps(rows, "one").split(by="lot")


def test_a_split_far_from_its_share_is_said():
    rows = [np.full((1, k), 2, np.uint8) for k in range(1, 101)]
    maps = WaferMaps(rows, "x", table=pd.DataFrame({"lot": ["one"] * 90 + list("abcdefghij")}))
    with pytest.warns(
        UserWarning, match="test part has 3% of the maps and 20% of the groups.*largest has 90%"
    ):
        maps.split(by="lot", seed=0)


def test_a_wafer_without_a_lot_is_alone():
    maps = WaferMaps(
        [np.full((1, k), 2, np.uint8) for k in range(1, 9)], "x", table=pd.DataFrame({"lot": ["", None] * 4})
    )
    assert [len(part) for part in maps.split(by="lot", test=0.25)] == [6, 2]


def test_names_and_table_go_with_the_maps():
    table = pd.DataFrame({"lot": ["a", "b", "c"]})
    part = WaferMaps(STACK, "three", names=("x", "y", "z"), table=table).subset([2, 0])
    assert part.names == ("z", "x")
    assert part.table["lot"].tolist() == ["c", "a"]
    assert part.table.index.tolist() == [0, 1]


def test_fingerprint_changes_with_content():
    patterns, truth = np.array([[True], [False]]), np.full((2, 2, 3), -1, np.int8)
    base = WaferMaps([MAP, MAP.T], "one", ("a",), patterns, truth)
    assert (
        base.fingerprint
        == WaferMaps([MAP.copy(), MAP.T], "another source", ("a",), patterns, truth).fingerprint
    )
    changed = MAP.copy()
    changed[0, 1] = 2
    others = [
        WaferMaps([changed, MAP.T], "one", ("a",), patterns, truth),
        WaferMaps([MAP.T, MAP], "one", ("a",), patterns, truth),
        WaferMaps([MAP, MAP], "one", ("a",), patterns, truth),
        WaferMaps([MAP], "one", ("a",), patterns[:1], truth[:1]),
        WaferMaps([MAP, MAP.T], "one", ("a",), ~patterns, truth),
        WaferMaps([MAP, MAP.T], "one", ("a",), patterns, truth + 1),
        WaferMaps([MAP, MAP.T], "one", ("a",), patterns),
        WaferMaps([MAP.reshape(1, 6), MAP.T], "one", ("a",), patterns, truth),
    ]
    assert len({base.fingerprint, *(other.fingerprint for other in others)}) == 9
    assert len(base.fingerprint) == 64


def test_synthetic_is_the_twin():
    maps = synthetic(4, 3, 0.1, 5, shape=(20, 30))
    expected, truth = synthetic_mixed_maps(4, 3, 0.1, 5, shape=(20, 30))
    assert same(maps, expected)
    assert (maps.truth == truth).all()
    assert (maps.patterns == patterns_of(truth)).all()
    assert maps.is_synthetic
    assert maps.pattern_names == PATTERNS
    assert maps.source == "wafer twin (synthetic), seed 5, noise 10%"


# --- open_maps ---------------------------------------------------------------------------------


def test_open_maps_makes_the_twin():
    assert len(open_maps("synthetic")) == 60
    maps = open_maps("synthetic", n=3, seed=4, patterns=("Loc",), noise=0)
    assert maps.fingerprint == synthetic(3, ("Loc",), 0, 4).fingerprint


def test_open_maps_tells_mixedwm38_from_other_files(tmp_path):
    assert open_maps(save_mixed(tmp_path / "m.npz")).pattern_names == MIXEDWM38_PATTERNS
    assert open_maps(str(tmp_path / "m.npz")).source == "MixedWM38, 4 maps"
    np.savez(tmp_path / "own.npz", STACK)
    assert open_maps(tmp_path / "own.npz").source == "file own.npz"
    np.save(tmp_path / "own.npy", STACK)
    assert same(open_maps(tmp_path / "own.npy"), STACK)
    folder = tmp_path / "folder.npz"
    folder.mkdir()
    np.save(folder / "a.npy", STACK)
    assert open_maps(folder).source == "folder folder.npz"


def test_the_home_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    save_mixed(tmp_path / "m.npz")
    np.save(tmp_path / "own.npy", STACK)
    assert len(mixedwm38("~/m.npz")) == len(open_maps("~/m.npz")) == 4
    assert len(load_maps("~/own.npy")) == 3


def test_open_maps_draws_n_by_seed(tmp_path):
    stack = np.array([np.full((1, 30), 1) for _ in range(30)])
    stack[np.arange(30), 0, np.arange(30)] = 2  # map i has its defect at i
    np.save(tmp_path / "s.npy", stack)

    def drawn(**options):
        return [int(m[0].argmax()) for m in open_maps(tmp_path / "s.npy", **options)]

    assert drawn() == drawn(n=30) == drawn(n=99) == list(range(30))
    assert open_maps(tmp_path / "s.npy", n=30).source == "file s.npy"  # nothing was drawn
    assert drawn(n=8) == sorted(set(drawn(n=8)))
    assert len(drawn(n=8)) == 8
    assert drawn(n=8) == drawn(n=8, seed=0)
    assert drawn(n=8) != drawn(n=8, seed=1)
    assert open_maps(tmp_path / "s.npy", n=8, seed=5).source == "file s.npy, of which 8 drawn by seed 5"
    mixed = open_maps(save_mixed(tmp_path / "m.npz"), n=2)
    assert mixed.patterns.shape == (2, 8)
    assert (mixed.patterns.sum(axis=1) == 1).all()


def test_open_maps_refuses_what_it_cannot_do(tmp_path):
    for n in (0, -1, 2.5, "5", True):
        with pytest.raises(ValueError, match=f"n={n!r} must be an integer of at least 1, or None"):
            open_maps("synthetic", n=n)
    path = save_mixed(tmp_path / "m.npz")
    with pytest.raises(ValueError, match=r"only the twin takes noise; leave it out for dataset=.*m\.npz"):
        open_maps(path, noise=0.1)
    with pytest.raises(FileNotFoundError, match=r"mixedwm does not exist; pass a file or a folder"):
        open_maps("mixedwm")


# --- bad files ---------------------------------------------------------------------------------


def maps_or_message(path):
    try:
        return open_maps(path)
    except ValueError as error:
        return str(error)


def test_damaged_files_are_named_or_read_the_same(tmp_path):
    pixels = np.random.default_rng(0).integers(0, 3, (12, 12)).astype(np.uint8)
    np.savez_compressed(tmp_path / "a.npz", pixels)
    save_mixed(tmp_path / "m.npz", pixels[None].astype(np.int32))
    np.save(tmp_path / "a.npy", pixels)
    Image.fromarray(pixels).save(tmp_path / "a.png")
    for name in ("a.npz", "m.npz", "a.npy", "a.png"):
        whole = (tmp_path / name).read_bytes()
        damaged = tmp_path / f"damaged{Path(name).suffix}"
        header = range(128 if name == "a.npy" else len(whole))  # behind it, a flip is a value
        flips = [whole[:i] + bytes([whole[i] ^ 255]) + whole[i + 1 :] for i in header]
        refused = 0
        for content in [whole[:i] for i in range(len(whole))] + flips:
            damaged.write_bytes(content)
            outcome = maps_or_message(damaged)
            if isinstance(outcome, str):
                assert damaged.name in outcome
                refused += 1
            else:
                assert same(outcome, [pixels])  # a byte that means nothing
        assert refused >= 0.75 * (len(whole) + len(flips))


# --- real data ---------------------------------------------------------------------------------


def test_half_of_the_labelled_wm811k():
    maps = load_maps(real("wm811k/WM811K_labelled_half.npz"))
    assert len(maps) == 16_759
    assert dict(zip(maps.pattern_names, maps.patterns.sum(axis=0).tolist(), strict=True)) == {
        "Center": 2156, "Donut": 285, "Edge-Loc": 2616, "Edge-Ring": 4757, "Loc": 1807,
        "Near-full": 80, "None": 4000, "Random": 461, "Scratch": 597,
    }  # fmt: skip
    assert (maps.patterns.sum(axis=1) == 1).all()
    assert len({m.shape for m in maps}) > 100


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"patterns": np.ones((3, 1), bool), "pattern_names": ("Loc",)}, "patterns has 3 rows for 1 maps"),
        ({"truth": np.zeros((2, 5, 5), np.int8)}, "truth has 2 rows for 1 maps"),
        ({"table": pd.DataFrame({"lot": ["a", "b"]})}, "table has 2 rows for 1 maps"),
        ({"patterns": np.ones((1, 2), bool), "pattern_names": ("Loc",)}, "a column for each name"),
    ],
)
def test_what_is_known_must_fit_the_maps(change, match):
    with pytest.raises(ValueError, match=match):
        WaferMaps([MAP], "mine", **change)
