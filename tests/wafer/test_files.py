"""Wafer maps from files of every kind, whole and bad."""

import os
import pickle
import warnings
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import EpsImagePlugin, Image
from wafer_files import MAP, STACK, same, save_ragged

from semlib.wafer import _files
from semlib.wafer.data import load_maps, mixedwm38, open_maps


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


@pytest.mark.parametrize(
    "text",
    [
        "0,1,0\n1,2.0, 1\n",
        "\ufeff0,1,0\n1,2,1",  # Excel writes the mark
        "0;1;0\r\n1;2;1\r\n",
        "0\t1\t0\n1\t 2\t1\n",
        " 0 1  0\n1 2 1\n",
        '\n\n"0","1","0"\n\n"1","2","1"\n\n',
    ],
)
def test_a_map_as_text(tmp_path, text):
    for name in ("m.csv", "m.tsv", "m.TXT"):
        (tmp_path / name).write_bytes(text.encode())
        assert same(load_maps(tmp_path / name), [MAP])


def test_a_map_of_one_row_or_one_column(tmp_path):
    (tmp_path / "m.csv").write_text("0,1,2")
    assert same(load_maps(tmp_path / "m.csv"), [np.array([[0, 1, 2]])])
    (tmp_path / "m.csv").write_text("0\n1\n2\n2\n")
    assert same(load_maps(tmp_path / "m.csv"), [np.array([[0], [1], [2], [2]])])


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
    single = [np.array([[2] + [1] * k], np.uint8) for k in range(1, 6)]
    np.save(folder / "wafer10.npy", single[2])
    np.save(folder / "wafer9.npy", np.stack([single[1]] * 2))
    np.savetxt(folder / "wafer2.csv", single[0], delimiter=",")
    Image.fromarray(single[3]).save(folder / "wafer10b.PNG")
    np.savez(folder / "²3.npz", single[4])  # ² is a digit to str.isdigit, and no number to int
    (folder / "readme.md").write_text("not a map")
    (folder / "sub.npy").mkdir()
    maps = load_maps(folder)
    assert same(maps, [single[0], single[1], single[1], *single[2:]])
    files = ["wafer2.csv", "wafer9.npy, map 0", "wafer9.npy, map 1", "wafer10.npy", "wafer10b.PNG", "²3.npz"]
    assert maps.table.name.tolist() == files
    assert maps.subset([2, 0]).table.name.tolist() == [files[2], files[0]]
    assert (maps.source, maps.notes) == ("folder lot 7", ("1 sub-folder not read",))
    (folder / "readme.txt").write_text("not a map")
    (folder / "more").mkdir()
    assert load_maps(folder).notes == ("1 .txt in the folder not read", "2 sub-folders not read")
    with pytest.raises(FileNotFoundError, match=r"holds no .* file; its sub-folders are not read"):
        load_maps(tmp_path)


def test_a_stack_that_lies_the_other_way_is_a_doubt(tmp_path):
    square = np.ones((30, 30), np.uint8)
    square[3:9, 4] = 2
    np.save(tmp_path / "other.npy", np.stack([square] * 4, -1))
    with pytest.warns(UserWarning, match=r"other\.npy .*read as 30 maps; if they are 4, save np\.moveaxis"):
        load_maps(tmp_path / "other.npy")
    np.save(tmp_path / "right.npy", np.stack([square] * 4))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert len(load_maps(tmp_path / "right.npy")) == 4


def test_a_folder_says_that_it_left_out_labels(tmp_path):
    save_ragged(tmp_path / "a.npz", [MAP], failureType=np.array(["Loc"]))
    np.save(tmp_path / "b.npy", MAP)
    maps = load_maps(tmp_path)
    assert maps.patterns is None
    assert "labels in 1 of its files not read" in repr(maps)


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


@pytest.mark.parametrize(
    ("name", "content", "match"),
    [
        ("a.npy", b"", "a.npy cannot be read: No data left in file; is it complete"),
        ("a.npz", b"", "a.npz cannot be read: No data left in file"),
        ("a.csv", b"", "a.csv is empty"),
        ("a.csv", b" \n\n", "a.csv is empty"),
        ("a.png", b"", "a.png cannot be read as .png"),
        ("a.png", b"GIF89a", "a.png cannot be read as .png"),
        ("a.npz", b"1,2\n", "a.npz cannot be read: no numpy file"),
        ("a.csv", b"1,2\n1\n",
         r"a.csv is no map of numbers: line 2 has 1, line 1 has 2 \(separator: comma\)"),
        ("a.csv", b"1;2\n\n1;2;2\n", r"line 3 has 3, line 1 has 2 \(separator: semicolon\)"),
        ("a.csv", b"1,2;1\n1,2;1\n", "a.csv is no map of numbers: it holds comma and semicolon; .*whole"),
        ("a.csv", b"1|2\n1|2\n", r"line 1, column 1 is '1\|2' \(separator: none found\)"),
        ("a.csv", b"1,2\n#1,2\n", "a.csv is no map.*line 2, column 1 is '#1'"),  # no row is a comment
        ("a.csv", b"1,,2\n", "a.csv is no map.*line 1, column 2 is ''"),
        ("a.csv", b"1,2\n1,x\n", "a.csv is no map.*line 2, column 2 is 'x'"),
        ("a.csv", b",0,1,2\n0,1,2,1\n", "a.csv is no map.*line 1, column 1 is ''.*no header"),
        ("a.csv", b"0,1,2,3\n0,1,2,1\n", "a.csv is no map.*line 1 counts 0, 1, 2.*header=False"),
        ("a.csv", b"0110\n1211\n", "a.csv is no map.*line 1 is '0110' without a separator"),
        ("a.csv", b"1,\xff\n", "a.csv is no text in utf-8.*save it"),
        ("a.csv", b"\xff\xfe1\x00,", "a.csv is no text in utf-16"),
        ("a.csv", b"1,1\x00\n", r"a.csv, line 1: holds the control character '\\x00'"),
        ("a.csv", b"1,nan\n", "a.csv map 0 holds nan"),
        ("a.csv", b"1,1.5\n", "a.csv map 0 holds 1.5"),
        ("a.csv", b"1,4\n", "a.csv map 0 holds 4 "),
        ("a.csv", b"0,0\n", "a.csv map 0 holds no die"),
        ("a.dat", b"1,2\n", r"a.dat has the ending '.dat'; readable are .npy, .npz, .png, .csv, .tsv, .txt"),
        ("a", b"1,2\n", "a has the ending ''"),
    ],
)  # fmt: skip
def test_bad_files(tmp_path, name, content, match):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ValueError, match=match):
        load_maps(tmp_path / name)
    if "." in name and not name.endswith(".dat"):
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
    (tmp_path / "notes.md").write_text("no map")
    nothing = r"the folder .* holds no \.npy, \.npz, \.png, \.csv, \.tsv, \.klarf, \.000 file"
    with pytest.raises(FileNotFoundError, match=nothing + "$"):
        load_maps(tmp_path)
    (tmp_path / "notes.txt").write_text("no map")
    with pytest.raises(FileNotFoundError, match=nothing + r"; pass a \.txt file by itself"):
        load_maps(tmp_path)


# --- values that may mean something else ---------------------------------------------------------


def save(path, array):
    if path.suffix == ".png":
        Image.fromarray(array).save(path)
    elif path.suffix == ".csv":
        np.savetxt(path, array, delimiter=",", fmt="%d")
    else:
        np.save(path, array)


@pytest.mark.parametrize("name", ["m.npy", "m.csv", "m.png"])
@pytest.mark.parametrize(
    ("array", "kind"), [(MAP // 2 + (MAP == 1), "defective"), (2 * (MAP // 2), "good")], ids=["01", "02"]
)
def test_two_values_only_are_a_doubt(tmp_path, name, array, kind):
    save(tmp_path / name, array)
    with pytest.warns(UserWarning, match=rf"{name}: no die is {kind} in 1 map\. If that is not so") as found:
        maps = load_maps(tmp_path / name)
    assert same(maps, [array])
    assert found[0].filename == __file__  # the warning points at the caller


def test_a_black_and_white_picture_is_a_doubt(tmp_path):
    save(tmp_path / "mask.png", np.where(MAP == 2, 255, 0).astype(np.uint8))
    with pytest.warns(UserWarning, match=r"mask\.png: no die is good.*in a picture 127"):
        assert same(load_maps(tmp_path / "mask.png"), [2 * (MAP // 2)])


@pytest.mark.filterwarnings("error")
def test_a_clean_wafer_among_others_is_no_doubt(tmp_path):
    save(tmp_path / "clean.png", np.ones((3, 3), np.uint8))
    save(tmp_path / "dead.csv", np.full((3, 3), 2))
    assert len(load_maps(tmp_path)) == 2
    save(tmp_path / "clean.npy", np.stack([MAP, MAP * 0 + 1]))
    assert len(load_maps(tmp_path / "clean.npy")) == 2


def test_options_need_a_die_list(tmp_path):
    save(tmp_path / "m.csv", MAP)
    with pytest.raises(
        ValueError, match=r"m\.csv holds no die list, and only those take good_bins; leave it"
    ):
        load_maps(tmp_path / "m.csv", good_bins=(1, 2))


@pytest.mark.parametrize("name", ["m.csv", "m.npy"])
def test_an_unknown_option_is_named(tmp_path, name):
    (tmp_path / name).write_text("x,y,bin\n0,0,1\n")
    with pytest.raises(
        ValueError,
        match="no option 'good_bin'; known are good_bins, no_die_bins, repeated, y_up, columns",
    ):
        load_maps(tmp_path / name, good_bin=(1, 2))


def test_maps_of_numbers_in_utf_16_and_below_a_line_for_excel(tmp_path):
    (tmp_path / "m.txt").write_bytes("0\t1\t0\r\n1\t2\t1\r\n".encode("utf-16"))
    assert same(load_maps(tmp_path / "m.txt"), [MAP])
    (tmp_path / "m.csv").write_text("sep=;\n0;1;0\n1;2;1\n")
    assert same(load_maps(tmp_path / "m.csv"), [MAP])


def test_a_map_of_numbers_with_an_open_quotation_mark_is_refused(tmp_path):
    (tmp_path / "m.csv").write_text('0,1,0\n1,2,"1\n0,1,0\n')
    with pytest.raises(ValueError, match=r"m\.csv, line 2: .* must close in its line"):
        load_maps(tmp_path / "m.csv")


def test_postscript_with_the_ending_png_runs_nothing(tmp_path, monkeypatch):
    canary, program = tmp_path / "ran", tmp_path / "bin" / "gs"
    program.parent.mkdir()
    program.write_text(f"#!/bin/sh\necho ran > '{canary}'\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(program.parent), prepend=os.pathsep)
    monkeypatch.setattr(EpsImagePlugin, "gs_binary", str(program))
    path = tmp_path / "a.png"
    path.write_text("%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n%%EndComments\n(x) run\n")
    with pytest.raises(ValueError, match=r"a\.png cannot be read as \.png: cannot identify"):
        load_maps(path)
    assert not canary.exists()


def test_an_archive_that_would_fill_the_memory(tmp_path, monkeypatch):
    path = tmp_path / "bomb.npz"
    np.savez_compressed(path, np.zeros((500, 50, 50), np.uint8))
    monkeypatch.setattr(_files, "MAX_UNPACKED", 1_000_000)
    with pytest.raises(ValueError, match=r"bomb.npz unpacks to 0.0 GB, over 0.0; save the maps as uint8"):
        load_maps(path)


def test_types_that_are_no_text(tmp_path):
    path = tmp_path / "maps.npz"
    arrays = {"flat": np.ones(4, np.uint8), "offsets": np.array([0, 4]), "shapes": np.array([[2, 2]])}
    np.savez(path, **arrays, failureType=np.array([b"\xff"]))
    with pytest.raises(ValueError, match=r"maps.npz: failureType is no plain text \(.*\); save it as text"):
        load_maps(path)
