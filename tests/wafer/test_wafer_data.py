"""Wafer maps from MixedWM38's layout, from the twin, and from damaged files; test_files.py has the rest."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from semlib.wafer.data import MIXEDWM38_PATTERNS, WaferMaps, load_maps, mixedwm38, open_maps, synthetic
from semlib.wafer.synthetic import PATTERNS, patterns_of, synthetic_mixed_maps

MAP = np.array([[0, 1, 0], [1, 2, 1]], np.uint8)
STACK = np.stack([MAP, MAP[::-1], MAP[:, ::-1] + (MAP == 1)])
SHARED = Path(__file__).resolve().parents[2] / "../shared/data"


def same(maps, expected):
    return len(maps) == len(expected) and all(
        m.dtype == np.uint8 and np.array_equal(m, e) for m, e in zip(maps, expected, strict=True)
    )


def save_mixed(path, maps=None, labels=None):
    """Write a little MixedWM38: int32, keys arr_0 and arr_1."""
    maps = np.repeat(MAP[None], 4, axis=0).astype(np.int32) if maps is None else maps
    labels = np.eye(8, dtype=np.int32)[: len(maps)] if labels is None else labels
    np.savez(path, maps, labels)
    return path


# --- MixedWM38's layout ------------------------------------------------------------------------


def test_mixedwm38_layout(tmp_path):
    maps = mixedwm38(save_mixed(tmp_path / "m.npz"))
    assert same(maps, [MAP] * 4)
    assert maps.pattern_names == MIXEDWM38_PATTERNS
    assert maps.patterns.dtype == bool
    assert (maps.patterns == np.eye(8, dtype=bool)[:4]).all()
    assert repr(maps) == "<WaferMaps: 4 maps; MixedWM38, 4 maps>"


def test_value_3_is_read_in_three_ways(tmp_path):
    stack = np.repeat(MAP[None], 4, axis=0).astype(np.int32)
    stack[1, 0, 1] = stack[1, 1, 1] = stack[3, 1, 0] = 3
    path = save_mixed(tmp_path / "m.npz", stack)
    for value3, value in (("defective", 2), ("good", 1)):
        maps = mixedwm38(path, value3=value3)
        assert same(maps, np.where(stack == 3, value, stack))
        assert maps.notes == (f"value 3 (3 dies in 2 maps) read as {value3}",)
        assert maps.notes[0] in repr(maps)
    assert same(mixedwm38(path), mixedwm38(path, value3="defective"))
    with pytest.raises(ValueError, match=r"m\.npz map 1 holds 3 \(2x\)"):
        mixedwm38(path, value3="raise")
    with pytest.raises(ValueError, match=r"value3='bad' must be 'defective', 'good' or 'raise'"):
        mixedwm38(path, value3="bad")
    clean = save_mixed(tmp_path / "clean.npz")
    assert mixedwm38(clean, value3="raise").notes == ()


def test_mixedwm38_from_semlib_data(tmp_path, monkeypatch):
    message = (
        r"Wafer_Map_Datasets\.npz \(412,387,226 bytes\).*Kaggle.*co1d7era/mixedtype-wafer-defect-datasets"
    )
    monkeypatch.delenv("SEMLIB_DATA", raising=False)
    for call in (mixedwm38, lambda: open_maps("mixedwm38")):
        with pytest.raises(FileNotFoundError, match=r"\$SEMLIB_DATA is not set.*" + message):
            call()
    monkeypatch.setenv("SEMLIB_DATA", str(tmp_path))
    with pytest.raises(
        FileNotFoundError, match=r"mixedwm38.Wafer_Map_Datasets\.npz does not exist.*" + message
    ):
        mixedwm38()
    with pytest.raises(FileNotFoundError, match=r"other\.npz does not exist.*" + message):
        mixedwm38(tmp_path / "other.npz")
    (tmp_path / "mixedwm38").mkdir()
    save_mixed(tmp_path / "mixedwm38" / "Wafer_Map_Datasets.npz")
    assert len(mixedwm38()) == len(open_maps("mixedwm38")) == 4


@pytest.mark.parametrize(
    ("maps", "labels", "match"),
    [
        (
            STACK,
            np.zeros((3, 7), int),
            r"holds \{'arr_0': \(3, 2, 3\), 'arr_1': \(3, 7\)\}; MixedWM38 has arr_0",
        ),
        (STACK, np.zeros((2, 8), int), r"'arr_1': \(2, 8\)"),
        (STACK, np.zeros(8, int), r"'arr_1': \(8,\)"),
        (MAP, np.zeros((2, 8), int), r"'arr_0': \(2, 3\)"),
        (STACK[:0], np.zeros((0, 8), int), r"'arr_0': \(0, 2, 3\)"),
        (STACK, np.full((3, 8), 2), r"m\.npz: arr_1 holds \[2\]; a label is 0 or 1"),
        (STACK * 4, None, r"m\.npz map 0 holds 4 \(.*8 \("),
        (STACK.astype(int) + 65536, None, r"map 0 holds 65536 "),
        (-STACK.astype(int), None, r"map 0 holds -2 "),
        (STACK * 0.75, None, r"map 0 holds 0\.75 .*1\.5 "),
        (np.where(STACK == 1, np.nan, STACK), None, r"map 0 holds nan "),
        (STACK.astype(str), None, r"map 0 has dtype <U"),
        (STACK == 2, None, r"map 0 holds booleans"),
        (np.where(np.arange(3)[:, None, None] < 2, STACK, 0), None, r"map 2 holds no die"),
    ],
)
def test_bad_mixedwm38(tmp_path, maps, labels, match):
    with pytest.raises(ValueError, match=match):
        mixedwm38(save_mixed(tmp_path / "m.npz", maps, labels))


@pytest.mark.parametrize("arrays", [{"arr_0": STACK}, {"maps": STACK, "arr_1": np.zeros((3, 8))}, {}])
def test_mixedwm38_with_wrong_keys(tmp_path, arrays):
    np.savez(tmp_path / "k.npz", **arrays)
    with pytest.raises(
        ValueError, match=r"k\.npz holds \{.*MixedWM38 has arr_0 \(N, H, W\) and arr_1 \(N, 8\)"
    ):
        mixedwm38(tmp_path / "k.npz")


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
    assert (part.source, part.is_synthetic, part.pattern_names) == (maps.source, True, PATTERNS)


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
    for n in (0, -1):
        with pytest.raises(ValueError, match=f"n={n} must be at least 1, or None"):
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


def real(path):
    if not (SHARED / path).is_file():
        pytest.skip(f"{path} is not in ../shared/data")
    return SHARED / path


def test_half_of_mixedwm38():
    maps = open_maps(real("mixedwm38/Wafer_Map_Datasets_half.npz"))
    assert len(maps) == 19_008
    assert np.bincount(maps.patterns.sum(axis=1)).tolist() == [500, 3508, 6500, 6500, 2000]
    assert maps.notes == ("value 3 (107 dies in 51 maps) read as defective",)
    assert {m.shape for m in maps} == {(52, 52)}
    # the file's rows 1000-1999 repeat 0-999: of its even rows, 500
    assert all(np.array_equal(maps[i], maps[i + 500]) for i in range(500))
    assert len(maps.unique()) < 19_008 - 499


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
        ({"names": ("a", "b")}, "names has 2 rows for 1 maps"),
        ({"patterns": np.ones((1, 2), bool), "pattern_names": ("Loc",)}, "a column for each name"),
    ],
)
def test_what_is_known_must_fit_the_maps(change, match):
    with pytest.raises(ValueError, match=match):
        WaferMaps([MAP], "mine", **change)
