"""MixedWM38 from its file, from a folder, from Kaggle; damaged, hostile and other files."""

import io
import tracemalloc
import zipfile

import numpy as np
import pytest
from loopback import zipped
from wafer_files import MAP, STACK, real, same, save_mixed

from semlib.download import MismatchError, MissingDataError
from semlib.wafer import _mixedwm38
from semlib.wafer.data import MIXEDWM38_PATTERNS, mixedwm38, open_maps


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


@pytest.mark.parametrize("n", [1, 2, 3, 4, 5])
def test_pieces_of_any_size_give_the_same(tmp_path, monkeypatch, n):
    stack = np.arange(4)[:, None, None] % 2 + MAP % 2 + (MAP == 2)
    path = save_mixed(tmp_path / "m.npz", stack.astype(np.int32))
    monkeypatch.setattr(_mixedwm38, "_PIECE", n)
    assert same(mixedwm38(path), stack)
    stack[3, 0, 1] = 3
    assert same(mixedwm38(save_mixed(path, stack)), np.where(stack == 3, 2, stack))
    with pytest.raises(ValueError, match=r"map 3 holds 3 \(1x\)"):
        mixedwm38(path, value3="raise")


@pytest.mark.parametrize("change", [np.asfortranarray, lambda a: a.astype(">i8"), lambda a: a.astype(float)])
def test_other_ways_to_store_the_same(tmp_path, change):
    stack = change(np.stack([MAP, MAP[::-1], MAP]).astype(np.int32))
    assert same(mixedwm38(save_mixed(tmp_path / "m.npz", stack)), stack)


# --- where it lies -----------------------------------------------------------------------------


@pytest.fixture
def body(tmp_path):
    return save_mixed(tmp_path / "made.npz").read_bytes()


def test_it_is_downloaded_once(publish, body):
    publish("mixedwm38", body)
    assert same(mixedwm38(progress=False), [MAP] * 4)
    asked = len(publish.server.requests)
    assert asked
    assert len(open_maps("mixedwm38", n=2)) == 2
    assert len(publish.server.requests) == asked


def test_a_file_put_by_hand(publish, body, tmp_path):
    publish("mixedwm38", body, token=False)
    folder = publish.place("mixedwm38").parent
    for path in (None, folder, folder.parent, str(folder)):
        assert len(mixedwm38(path, download=False)) == 4
    archive = tmp_path / "archive.zip"
    archive.write_bytes(zipped({"Wafer_Map_Datasets.npz": body}))
    assert len(mixedwm38(archive, download=False)) == len(open_maps(archive)) == 4
    assert len(open_maps(folder)) == 4


def test_where_it_is_not(publish, tmp_path):
    what = r"Wafer_Map_Datasets\.npz \(412,387,226 bytes(.|\n)*kaggle\.com/datasets/co1d7era/mixedtype-wafer"
    empty = tmp_path / "empty"
    empty.mkdir()
    for path in (None, empty):
        with pytest.raises(MissingDataError, match=what):
            mixedwm38(path, download=False)
    for path in (tmp_path / "other.npz", tmp_path / "nowhere"):
        with pytest.raises(MissingDataError, match=f"{path.name} does not exist(.|\n)*{what}"):
            mixedwm38(path)
    assert not (tmp_path / "nowhere").exists()
    assert not publish.server.requests


def test_another_file_of_that_name(publish, body):
    publish("mixedwm38", body)
    path = publish.place("mixedwm38")
    path.write_bytes(body + b"more")
    with pytest.raises(MismatchError, match="not the published Wafer_Map_Datasets"):
        mixedwm38()


# --- hostile and damaged -----------------------------------------------------------------------


def test_a_pickle_in_it_is_not_run(tmp_path):
    class Evil:
        def __reduce__(self):
            return open, (str(tmp_path / "canary"), "w")

    array = np.empty((1, 1, 1), object)
    array[0, 0, 0] = Evil()
    np.savez(tmp_path / "m.npz", array, np.zeros((1, 8)))
    with pytest.raises(ValueError, match=r"m\.npz cannot be read: arr_0\.npy holds Python objects"):
        mixedwm38(tmp_path / "m.npz")
    assert not (tmp_path / "canary").exists()


def stored(header, content=b""):
    """An .npz whose maps' header says one thing and whose content is another."""
    buffer = io.BytesIO()
    np.lib.format.write_array_header_1_0(buffer, header)
    labels = io.BytesIO()
    np.save(labels, np.zeros((min(header["shape"][0], 99), 8)))
    return zipped({"arr_0.npy": buffer.getvalue() + content, "arr_1.npy": labels.getvalue()})


@pytest.mark.parametrize(
    ("shape", "descr", "content", "match"),
    [
        ((1 << 40, 52, 52), "<i4", b"", "has the shape"),
        ((2, 2, 3), "<i4", bytes(47), "has the shape"),
        ((2, 2, 3), "<i4", bytes(49), "has the shape"),
        ((2, 2, 3), "V4", bytes(48), "cannot be read"),
    ],
    ids=str,
)
def test_a_header_that_lies(tmp_path, shape, descr, content, match):
    header = {"descr": descr, "fortran_order": False, "shape": shape}
    (tmp_path / "m.npz").write_bytes(stored(header, content))
    tracemalloc.start()
    with pytest.raises(ValueError, match=rf"m\.npz.*{match}"):
        mixedwm38(tmp_path / "m.npz")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1e6


def test_too_large(tmp_path, monkeypatch):
    path = save_mixed(tmp_path / "m.npz")
    monkeypatch.setattr(_mixedwm38, "_MOST", 200)
    with pytest.raises(ValueError, match="has the shape"):
        mixedwm38(path)


def test_a_changed_byte_in_the_maps_is_noticed(tmp_path):
    path = save_mixed(tmp_path / "m.npz", np.ones((500, 20, 20), np.int32), np.zeros((500, 8), int))
    whole = bytearray(path.read_bytes())
    whole[100_000] ^= 3  # 1 becomes 2, which is a value too
    path.write_bytes(whole)
    with pytest.raises(ValueError, match=r"m\.npz cannot be read: Bad CRC-32.*is it complete"):
        mixedwm38(path)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"<html>"])
def test_no_archive(tmp_path, content):
    (tmp_path / "m.npz").write_bytes(content)
    with pytest.raises(ValueError, match=r"m\.npz cannot be read: .*is it complete"):
        mixedwm38(tmp_path / "m.npz")


def test_other_entries_of_the_archive_are_no_arrays(tmp_path):
    path = save_mixed(tmp_path / "m.npz")
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("readme.txt", "hello")
    assert len(mixedwm38(path)) == 4


# --- real data ---------------------------------------------------------------------------------


def test_half_of_mixedwm38():
    maps = open_maps(real("mixedwm38/Wafer_Map_Datasets_half.npz"))
    assert len(maps) == 19_008
    assert np.bincount(maps.patterns.sum(axis=1)).tolist() == [500, 3508, 6500, 6500, 2000]
    assert maps.notes == ("value 3 (107 dies in 51 maps) read as defective",)
    assert {m.shape for m in maps} == {(52, 52)}
    # the file's rows 1000-1999 repeat 0-999: of its even rows, 500
    assert all(np.array_equal(maps[i], maps[i + 500]) for i in range(500))
    assert len(maps.unique()) == 18_501
