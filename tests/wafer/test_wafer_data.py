"""Wafer maps from files of every kind, whole and damaged, from MixedWM38's layout, and from the twin."""

import pickle
import zipfile
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


def save_ragged(path, maps, **changes):
    """Write maps of many sizes as flat, offsets and shapes; a change to None leaves a key out."""
    sizes = [m.size for m in maps]
    arrays = {
        "flat": np.concatenate([m.ravel() for m in maps]),
        "offsets": np.cumsum([0, *sizes]),
        "shapes": np.array([m.shape for m in maps], np.int32),
        **changes,
    }
    np.savez(path, **{name: array for name, array in arrays.items() if array is not None})
    return path


def save_mixed(path, maps=None, labels=None):
    """Write a little MixedWM38: int32, keys arr_0 and arr_1."""
    maps = np.repeat(MAP[None], 4, axis=0).astype(np.int32) if maps is None else maps
    labels = np.eye(8, dtype=np.int32)[: len(maps)] if labels is None else labels
    np.savez(path, maps, labels)
    return path


# --- round trips -------------------------------------------------------------------------------


def test_npy_and_npz_with_one_map_or_a_stack(tmp_path):
    for name, array, expected in (("one", MAP, [MAP]), ("stack", STACK, STACK)):
        np.save(tmp_path / f"{name}.npy", array)
        np.savez(tmp_path / f"{name}.npz", anything=array)
        np.savez_compressed(tmp_path / f"{name}_small.npz", array.astype(np.int64))
        for file in (f"{name}.npy", f"{name}.npz", f"{name}_small.npz"):
            maps = load_maps(tmp_path / file)
            assert same(maps, expected)
            assert maps.source == f"file {file}"
            assert (maps.patterns, maps.truth, maps.is_synthetic, maps.notes) == (None, None, False, ())


def test_whole_floats_are_maps(tmp_path):
    np.save(tmp_path / "f.npy", STACK.astype(np.float32))
    assert same(load_maps(str(tmp_path / "f.npy")), STACK)  # a str as good as a Path


def test_the_ending_may_be_in_capitals(tmp_path):
    with (tmp_path / "M.NPY").open("wb") as file:
        np.save(file, MAP)
    assert same(load_maps(tmp_path / "M.NPY"), [MAP])


@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_csv(tmp_path, mark):
    (tmp_path / "m.csv").write_text(f"{mark}0,1,0\n1,2.0, 1\n", encoding="utf-8")  # Excel writes the mark
    assert same(load_maps(tmp_path / "m.csv"), [MAP])
    (tmp_path / "row.csv").write_text("0,1,2")
    assert same(load_maps(tmp_path / "row.csv"), [np.array([[0, 1, 2]])])


@pytest.mark.parametrize(
    ("pixels", "mode"),
    [
        (MAP, "L"),
        (np.array([0, 127, 255], np.uint8)[MAP], "L"),
        (np.array([0, 128, 255], np.uint8)[MAP], "L"),
        (MAP, "P"),
        (2 - MAP, "P"),
        (MAP.astype(np.uint16), "I;16"),
        (np.repeat(np.array([0, 127, 255], np.uint8)[MAP][..., None], 3, axis=2), "RGB"),
        (np.dstack([MAP, MAP, MAP, np.full_like(MAP, 255)]), "RGBA"),
    ],
)
def test_png(tmp_path, pixels, mode):
    image = Image.fromarray(pixels)
    if mode == "P":
        greys = [0, 1, 2] if pixels is MAP else [2, 1, 0]  # the colours count, not their numbers
        image.putpalette([grey for grey in greys for _ in range(3)])
    assert image.mode == mode
    image.save(tmp_path / "m.png")
    assert same(load_maps(tmp_path / "m.png"), [MAP])


def test_maps_of_many_sizes_with_labels(tmp_path):
    shapes = [MAP, np.ones((4, 1), np.uint8), np.full((2, 5), 2, np.uint8)]
    types = np.array(["Loc", "None", "Loc"])
    maps = load_maps(save_ragged(tmp_path / "r.npz", shapes, failureType=types))
    assert same(maps, shapes)
    assert maps.pattern_names == ("Loc", "None")
    assert all(type(name) is str for name in maps.pattern_names)
    assert maps.patterns.tolist() == [[True, False], [False, True], [True, False]]
    plain = load_maps(save_ragged(tmp_path / "p.npz", shapes))
    assert (plain.pattern_names, plain.patterns) == ((), None)


def test_a_folder_in_natural_order(tmp_path):
    folder = tmp_path / "lot 7"
    folder.mkdir()
    single = [np.full((1, k), 2, np.uint8) for k in range(1, 6)]
    np.save(folder / "wafer10.npy", single[2])
    np.save(folder / "wafer9.npy", np.stack([single[1]] * 2))
    np.savetxt(folder / "wafer2.csv", single[0], delimiter=",")
    Image.fromarray(single[3]).save(folder / "wafer10b.PNG")
    np.savez(folder / "²3.npz", single[4])  # ² is a digit to str.isdigit, and no number to int
    (folder / "readme.txt").write_text("not a map")
    (folder / "sub.npy").mkdir()
    maps = load_maps(folder)
    assert same(maps, [single[0], single[1], single[1], *single[2:]])
    assert (maps.source, maps.notes) == ("folder lot 7", ())


def test_a_folder_says_that_it_left_out_labels(tmp_path):
    save_ragged(tmp_path / "a.npz", [MAP], failureType=np.array(["Loc"]))
    np.save(tmp_path / "b.npy", MAP)
    maps = load_maps(tmp_path)
    assert maps.patterns is None
    assert "labels in 1 of its files not read" in repr(maps)


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


@pytest.mark.parametrize(
    ("array", "match"),
    [
        (STACK * 1.5, r"bad\.np. map 0 holds 1\.5 \("),
        (np.where(STACK == 2, np.nan, 1.0), r"bad\.np. map 0 holds nan"),
        (STACK + 1, r"bad\.np. map 0 holds 3 \(1x\), first at row 1, column 1"),
        (np.concatenate([STACK, STACK + 5]), r"bad\.np. map 3 holds 5"),
        (STACK.astype(int) - 1, r"bad\.np. map 0 holds -1"),
        (STACK * 0, r"bad\.np. map 0 holds no die"),
        (STACK == 1, r"bad\.np. map 0 holds booleans"),
        (STACK.astype(str), r"bad\.np. map 0 has dtype <U"),
        (np.ones(5, int), r"bad\.np. holds an array of shape \(5,\); pass \(H, W\) or \(N, H, W\)"),
        (np.int64(1), r"bad\.np. holds an array of shape \(\)"),
        (STACK[None], r"bad\.np. holds an array of shape \(1, 3, 2, 3\)"),
        (STACK[:0], r"bad\.np. holds no map"),
        (np.zeros((2, 0), int), r"bad\.np. map 0 is empty"),
    ],
)
def test_arrays_that_are_no_maps(tmp_path, array, match):
    np.save(tmp_path / "bad.npy", array)
    np.savez(tmp_path / "bad.npz", array)
    for name in ("bad.npy", "bad.npz"):
        with pytest.raises(ValueError, match=match):
            load_maps(tmp_path / name)


class Hostile:
    """Touches a file when it is unpickled."""

    def __init__(self, target):
        self.target = target

    def __reduce__(self):
        return Path.touch, (self.target,)


def test_pickles_are_not_run(tmp_path):
    target = tmp_path / "touched"
    array = np.empty(3, object)
    array[:] = [Hostile(target)] * 3
    np.save(tmp_path / "a.npy", array, allow_pickle=True)
    np.savez(tmp_path / "b.npz", array, allow_pickle=True)
    np.savez(tmp_path / "c.npz", arr_0=STACK, arr_1=array, allow_pickle=True)
    save_ragged(tmp_path / "d.npz", [MAP] * 3, failureType=array)
    (tmp_path / "e.npy").write_bytes(pickle.dumps(Hostile(target)))
    (tmp_path / "f.npz").write_bytes(pickle.dumps(Hostile(target)))
    with zipfile.ZipFile(tmp_path / "g.npz", "w") as archive:
        archive.writestr("arr_0.npy", pickle.dumps(Hostile(target)))
    for name in ("a.npy", "b.npz", "c.npz", "d.npz", "e.npy", "f.npz"):
        for read in (load_maps, open_maps):
            with pytest.raises(
                ValueError, match=rf"{name} cannot be read: .*Python objects; save plain numbers"
            ):
                read(tmp_path / name)
    with pytest.raises(ValueError, match=r"c\.npz cannot be read: .*pickles can run code"):
        mixedwm38(tmp_path / "c.npz")
    with pytest.raises(ValueError, match=r"g\.npz holds an array of shape \(\)"):
        load_maps(tmp_path / "g.npz")
    assert not target.exists()
    np.load(tmp_path / "b.npz", allow_pickle=True)["arr_0"]  # the trap is a real one
    assert target.exists()


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


@pytest.mark.parametrize(
    ("name", "content", "match"),
    [
        ("a.npy", b"", "a.npy cannot be read: No data left in file; is it complete"),
        ("a.npz", b"", "a.npz cannot be read: No data left in file"),
        ("a.csv", b"", "a.csv is no table.*: it is empty"),
        ("a.csv", b" \n\n", "a.csv is no table.*: it is empty"),
        ("a.png", b"", "a.png cannot be read as .png"),
        ("a.png", b"GIF89a", "a.png cannot be read as .png"),
        ("a.npz", b"1,2\n", "a.npz cannot be read: no numpy file"),
        ("a.csv", b"1,2\n1\n", "a.csv is no table of .* numbers of equal rows.*from 2 to 1 at row 2"),
        ("a.csv", b"1;2\n1;2\n", "a.csv is no table of comma-separated.*'1;2'"),
        ("a.csv", b"1 2\n1 2\n", "a.csv is no table of comma-separated.*'1 2'"),
        ("a.csv", b"x,y\n1,2\n", "a.csv is no table of comma-separated.*'x'"),
        ("a.csv", b"1,2\n#1,2\n", "a.csv is no table of comma-separated.*'#1'"),  # no row is a comment
        ("a.csv", b"1,,2\n", "a.csv is no table of comma-separated.*''"),
        ("a.csv", b"1,\xff\n", "a.csv is no table of comma-separated.*utf-8"),
        ("a.csv", b"1,nan\n", "a.csv map 0 holds nan"),
        ("a.csv", b"1,1.5\n", "a.csv map 0 holds 1.5"),
        ("a.csv", b"1,4\n", "a.csv map 0 holds 4.0"),
        ("a.csv", b"0,0\n", "a.csv map 0 holds no die"),
        ("a.txt", b"1,2\n", r"a.txt has the ending '.txt'; readable are .npy, .npz, .csv, .png"),
        ("a", b"1,2\n", "a has the ending ''"),
    ],
)  # fmt: skip
def test_bad_files(tmp_path, name, content, match):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ValueError, match=match):
        load_maps(tmp_path / name)
    if "." in name and not name.endswith(".txt"):
        with pytest.raises(ValueError, match=match):  # named in a folder too, and not left out
            load_maps(tmp_path)


@pytest.mark.parametrize(
    ("pixels", "match"),
    [
        (np.array([0, 100, 255], np.uint8)[MAP], r"p\.png map 0 holds 100 \(3x\), 255 \(1x\)"),
        (np.array([0, 1, 255], np.uint8)[MAP], r"p\.png map 0 holds 255 \(1x\)"),
        (np.array([0, 32768, 65535], np.uint16)[MAP], r"p\.png map 0 holds 32768"),
        (MAP == 2, r"p\.png is a picture of mode 1; save it as 8-bit grey with the values 0, 1, 2"),
        (np.dstack([MAP, MAP, 0 * MAP]), r"p\.png is a picture of mode RGB;"),
        (np.dstack([MAP, MAP, MAP, MAP]), r"p\.png is a picture of mode RGBA;"),  # transparent
    ],
)
def test_pictures_that_are_no_maps(tmp_path, pixels, match):
    Image.fromarray(pixels).save(tmp_path / "p.png")
    with pytest.raises(ValueError, match=match):
        load_maps(tmp_path / "p.png")


@pytest.mark.parametrize(
    "changes",
    [
        {"offsets": np.array([0, 6])},
        {"offsets": np.array([0, 5, 12])},
        {"offsets": np.array([-6, 0, 6])},
        {"offsets": np.array([1, 7, 13])},
        {"offsets": np.array([0.0, 6.0, 12.0])},
        {"offsets": np.array([[0, 6, 12]])},
        {"offsets": np.zeros(0, int)},
        {"flat": np.ones(11, int)},
        {"flat": np.ones(13, int)},
        {"flat": np.ones((12, 1), int)},
        {"shapes": np.array([[2, 3]])},
        {"shapes": np.array([6, 6])},
        {"shapes": np.array([[2, 3, 1], [2, 3, 1]])},
        {"shapes": np.array([[2, 3], [3, 3]])},
        {"shapes": np.array([[-2, -3], [2, 3]])},
        {"shapes": np.array([[2.0, 3.0], [2.0, 3.0]])},
    ],
    ids=str,
)
def test_flat_offsets_and_shapes_must_fit(tmp_path, changes):
    with pytest.raises(
        ValueError, match=r"r\.npz: flat, offsets and shapes do not fit each other; see load_maps"
    ):
        load_maps(save_ragged(tmp_path / "r.npz", [MAP, MAP], **changes))


def test_other_bad_maps_of_many_sizes(tmp_path):
    path = tmp_path / "r.npz"
    with pytest.raises(ValueError, match=r"r\.npz: failureType has the shape \(3,\), for 2 maps"):
        load_maps(save_ragged(path, [MAP, MAP], failureType=np.array(["a", "b", "c"])))
    with pytest.raises(ValueError, match=r"r\.npz: failureType has the shape \(\)"):
        load_maps(save_ragged(path, [MAP, MAP], failureType=np.array("a")))
    with pytest.raises(ValueError, match=r"r\.npz map 1 holds 7"):
        load_maps(save_ragged(path, [MAP, np.array([[7]])]))
    with pytest.raises(ValueError, match=r"r\.npz holds no map"):
        load_maps(
            save_ragged(
                path, [MAP], flat=np.zeros(0, int), offsets=np.zeros(1, int), shapes=np.zeros((0, 2), int)
            )
        )
    with pytest.raises(
        ValueError, match=r"r\.npz holds \['flat', 'offsets'\]; pass one array .*or flat, offsets"
    ):
        load_maps(save_ragged(path, [MAP], shapes=None))


def test_missing_files_and_folders(tmp_path):
    with pytest.raises(
        FileNotFoundError, match=r"gone\.npy does not exist; pass a file or a folder of wafer maps"
    ):
        load_maps(tmp_path / "gone.npy")
    (tmp_path / "notes.txt").write_text("no map")
    with pytest.raises(FileNotFoundError, match=r"the folder .* holds no \.npy, \.npz, \.csv, \.png file"):
        load_maps(tmp_path)


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
        ({"patterns": np.ones((1, 2), bool), "pattern_names": ("Loc",)}, "a column for each name"),
    ],
)
def test_what_is_known_must_fit_the_maps(change, match):
    with pytest.raises(ValueError, match=match):
        WaferMaps([MAP], "mine", **change)
