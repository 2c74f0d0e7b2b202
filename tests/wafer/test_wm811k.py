"""WM-811K end to end: fetched, verified, converted once, opened from the disk."""

import json
import pickle

import numpy as np
import pytest
from loopback import zipped
from wafer_files import real, same, save_ragged
from wm811k_made import MAPS, TYPES, at_home, known, opened, table

from semlib.download import MismatchError, MissingDataError, data_dir
from semlib.wafer import _wm811k_convert, _wm811k_find
from semlib.wafer._map_store import MapStore
from semlib.wafer.data import WaferMaps, load_maps, open_maps, wm811k
from semlib.wafer.npfc_many import npfc_table

__all__ = ["at_home"]
CLASSES = ("Center", "Donut", "Edge-Loc", "Edge-Ring", "Loc", "Near-full", "Scratch", "Random", "none")


def mirlab(pickled):
    """The archive's layout, with mirlab's spelling of the split."""
    return zipped(
        {
            "MIR-WM811K/readme.txt": b"Copyright 2015",
            "MIR-WM811K/Matlab/WM811K.mat": b"MATLAB 5.0 MAT-file",
            "MIR-WM811K/Python/readme.txt": b"Readme for MIR-WM811K dataset (for Python)",
            "MIR-WM811K/Python/WM811K.pkl": pickled,
        }
    )


def folders():
    """Return the converted folders."""
    return sorted((data_dir() / "wm811k").glob("maps-*"))


# --- from the publishers -----------------------------------------------------------------------


@pytest.mark.parametrize("source", ["Kaggle", "mirlab"])
def test_fetched_verified_converted_once(publish, source):
    if source == "Kaggle":
        publish("wm811k", table())
        checked = "SHA-256 verified"
    else:
        publish("wm811k", mirlab(table(split_name="trainTestLabel")), name="MIR-WM811K.zip")
        checked = "only its size verified"
    maps = wm811k(progress=False)
    assert maps.source == f"WM-811K, 5 maps ({checked})"
    assert same(maps, MAPS)
    assert isinstance(maps.maps, MapStore)
    assert maps.pattern_names == CLASSES
    assert [maps.pattern_names[row.argmax()] if row.any() else None for row in maps.patterns] == TYPES
    assert not maps.is_synthetic
    assert maps.notes == ()
    assert maps.table.columns.tolist() == ["row", "lot", "wafer_index", "die_size", "split", "failure_type"]
    assert maps.table["lot"].tolist() == ["lot1"] * 5
    assert maps.table["wafer_index"].tolist() == [1, 2, 3, 4, 5]
    assert maps.table["die_size"].tolist() == [4, 4, 600, 4, 4]
    assert known(maps.table["split"]) == ["Training", None, "Training", "Training", None]
    assert known(maps.table["failure_type"]) == TYPES
    (folder,) = folders()
    asked = len(publish.server.requests)
    for path in (data_dir() / "wm811k").iterdir():
        if path.suffix in (".pkl", ".zip"):
            path.unlink()  # not needed any more
    again = open_maps("wm811k")
    assert again.fingerprint == maps.fingerprint
    assert again.source == maps.source
    assert len(publish.server.requests) == asked
    assert folders() == [folder]


def test_a_file_put_by_hand(publish, tmp_path):
    publish("wm811k", table(), token=False)
    path = publish.place("wm811k")
    for given in (path, path.parent, path.parent.parent, None):
        assert len(wm811k(given, download=False, progress=False)) == 5
    assert len(open_maps(path)) == len(open_maps(path.parent)) == 5
    (folder,) = folders()
    assert len(wm811k(folder)) == len(open_maps(folder)) == 5
    assert not publish.server.requests


def test_an_archive_put_by_hand(publish, tmp_path):
    body = mirlab(table())
    publish("wm811k", body, name="MIR-WM811K.zip")
    path = tmp_path / "my MIR-WM811K.zip"
    path.write_bytes(body)
    assert len(open_maps(path)) == 5
    assert not publish.server.requests


def test_of_two_the_one_with_a_hash(publish):
    publish("wm811k", mirlab(table(MAPS[:2], TYPES[:2])), name="MIR-WM811K.zip")
    wm811k(publish.place("wm811k", "MIR-WM811K.zip"), progress=False)
    publish("wm811k", table())
    wm811k(publish.place("wm811k"), progress=False)
    assert len(folders()) == 2
    assert wm811k().source == "WM-811K, 5 maps (SHA-256 verified)"


def test_another_pickle_is_read_only_if_asked(publish):
    publish("wm811k", table())
    path = publish.path("wm811k").parent.parent / "part.pkl"
    path.parent.mkdir(parents=True)
    path.write_bytes(table(MAPS[:2], TYPES[:2]))
    with pytest.raises(MismatchError, match=r"part\.pkl is not the publ(.|\n)*wm811k.path, verify=False"):
        wm811k(path, progress=False)
    assert path.exists()
    part = wm811k(path, verify=False, progress=False)
    assert part.source == "WM-811K's form in part.pkl, 2 maps (not verified)"
    assert not publish.server.requests
    assert len(wm811k(progress=False)) == 5  # what is not verified is nobody's default


def test_converted_unverified_then_verified(publish, tmp_path):
    publish("wm811k", table())
    path = tmp_path / "mine.pkl"
    path.write_bytes(table())
    assert "not verified" in wm811k(path, verify=False, progress=False).source
    (folder,) = folders()
    stamp = (folder / "flat.npy").stat().st_mtime_ns
    assert wm811k(path, progress=False).source == "WM-811K, 5 maps (SHA-256 verified)"
    assert folders() == [folder]
    assert (folder / "flat.npy").stat().st_mtime_ns == stamp


def test_a_folder_that_cannot_be_written(publish, tmp_path, monkeypatch):
    publish("wm811k", table())
    shared = tmp_path / "shared"
    shared.mkdir()
    publish.place("wm811k").rename(shared / "LSWMD.pkl")
    monkeypatch.setattr(_wm811k_find, "workplace", lambda key, root: data_dir() / key)
    assert len(wm811k(shared, progress=False)) == 5
    monkeypatch.delattr(_wm811k_find, "convert")  # not a second time
    assert len(wm811k(shared)) == 5


def test_where_it_is_not(publish, tmp_path):
    with pytest.raises(MissingDataError, match=r"LSWMD\.pkl \(2,095,505,977 bytes(.|\n)*MIR-WM811K\.zip"):
        wm811k(download=False)
    with pytest.raises(FileNotFoundError, match=r"gone\.pkl"):
        wm811k(tmp_path / "gone.pkl")
    with pytest.raises(FileNotFoundError, match=r"gone\.npz does not exist"):
        wm811k(tmp_path / "gone.npz")


# --- the converted form ------------------------------------------------------------------------


def test_a_conversion_that_was_interrupted(at_home, monkeypatch):
    class Killed(BaseException):
        pass

    def killed(*args, **kwargs):
        raise Killed

    monkeypatch.setattr(_wm811k_convert.np, "savez", killed)
    with pytest.raises(Killed):
        opened(at_home, table())
    assert not list((at_home / "data").rglob("*maps-*"))
    monkeypatch.undo()
    monkeypatch.setenv("SEMLIB_DATA", str(at_home / "data"))
    monkeypatch.setenv("SEMLIB_CACHE", str(at_home / "cache"))
    maps = opened(at_home, table())
    (folder,) = folders()
    left = folder.with_name(f".{folder.name}-left")  # as a killed process leaves it
    folder.rename(left)
    (left / "meta.json").unlink()
    assert opened(at_home, table()).fingerprint == maps.fingerprint
    assert not left.exists()


def test_a_full_disk(at_home, monkeypatch):
    path = at_home / "own.pkl"
    path.write_bytes(table())
    usage = type("Usage", (), {"free": 100})
    monkeypatch.setattr("semlib._download.disk.shutil.disk_usage", lambda folder: usage)
    with pytest.raises(OSError, match=r"the converted WM-811K needs .* more bytes.*SEMLIB_DATA"):
        wm811k(path, verify=False, progress=False)


def test_another_pickle_gets_another_folder(at_home):
    one = opened(at_home, table())
    two = opened(at_home, table(MAPS[::-1], TYPES))
    assert len(folders()) == 2
    assert same(one, MAPS)
    assert same(two, MAPS[::-1])


@pytest.mark.parametrize(
    "damage",
    [
        lambda f: (f / "flat.npy").write_bytes((f / "flat.npy").read_bytes()[:-1]),
        lambda f: (f / "flat.npy").unlink(),
        lambda f: np.save(f / "flat.npy", np.zeros(10)),
        lambda f: np.save(f / "flat.npy", np.zeros(10, np.uint8)),
        lambda f: (f / "index.npz").write_bytes((f / "index.npz").read_bytes()[:-10]),
        lambda f: np.savez(f / "index.npz", start=np.zeros(3)),
        lambda f: (f / "meta.json").write_text("{}"),
        lambda f: (f / "meta.json").write_text(json.dumps({"format": 99})),
    ],
    ids=["cut", "gone", "other", "shorter", "index cut", "index other", "meta empty", "another format"],
)  # fmt: skip
def test_a_damaged_folder_is_named(at_home, damage):
    opened(at_home, table())
    (folder,) = folders()
    damage(folder)
    with pytest.raises(
        ValueError, match=rf"{folder.name} is no converted WM-811K, or a damaged one .*remove it"
    ):
        wm811k(folder)


def test_an_older_format_is_made_again(at_home):
    opened(at_home, table())
    (folder,) = folders()
    meta = json.loads((folder / "meta.json").read_text())
    (folder / "meta.json").write_text(json.dumps(meta | {"format": 0}))
    assert same(opened(at_home, table()), MAPS)


def test_maps_are_read_only_and_lazy(at_home):
    maps = opened(at_home, table())
    with pytest.raises(ValueError, match="read-only"):
        maps[0][0, 0] = 1
    assert same([maps[-1], maps[0]], [MAPS[-1], MAPS[0]])
    with pytest.raises(IndexError):
        maps[5]
    assert same(maps.maps[1:4:2], MAPS[1:4:2])
    part = maps.subset([3, 1]).subset([1])
    assert isinstance(part.maps, MapStore)
    assert same(part, [MAPS[1]])
    assert part.table["row"].tolist() == [1]
    assert len(maps.subset([])) == 0
    assert maps.fingerprint == WaferMaps(MAPS, "", CLASSES, maps.patterns).fingerprint
    assert maps.content_groups().tolist() == [0, 1, 2, 3, 0]
    assert maps.unique().table["row"].tolist() == [0, 1, 2, 3]
    train, test = maps.subset([0, 1]).split(test=0.5)
    assert len(train) == len(test) == 1


def test_iterating_gives_pages_back_and_maps_stay_right(at_home, monkeypatch):
    monkeypatch.setattr("semlib.wafer._map_store._RELEASE", 1)
    assert same(list(opened(at_home, table())), MAPS)


def test_to_other_processes_goes_the_path(at_home):
    maps = opened(at_home, table([np.full((100, 100), 1, np.uint8)] * 5))
    pickled = pickle.dumps(maps)
    assert len(pickled) < 20_000
    assert same(pickle.loads(pickled), list(maps))
    twin = opened(at_home, table())
    one, two = (npfc_table(twin, n_jobs=n, progress=False) for n in (1, 2))
    assert one.equals(two)


@pytest.mark.parametrize(("labelled", "rows"), [("all", [0, 1, 2, 3, 4]), (True, [0, 2, 3]), (False, [1, 4])])
def test_with_and_without_labels(at_home, labelled, rows):
    maps = opened(at_home, table(), labelled=labelled)
    assert same(maps, [MAPS[i] for i in rows])
    assert maps.table["row"].tolist() == rows
    words = {"all": "", True: ", of which 3 labelled", False: ", of which 2 unlabelled"}[labelled]
    assert maps.source == f"WM-811K's form in own.pkl, 5 maps (not verified){words}"
    with pytest.raises(ValueError, match="labelled='some' must be 'all', True or False"):
        wm811k(labelled="some")


# --- parts of it as .npz, and real data --------------------------------------------------------


def test_an_npz(tmp_path):
    path = save_ragged(tmp_path / "part.npz", MAPS[:3], failureType=np.array(["None", "Loc", ""]))
    maps = wm811k(path)
    assert same(maps, MAPS[:3])
    assert known(maps.table["failure_type"]) == ["none", "Loc", None]
    assert maps.source == "WM-811K's form in part.npz, 3 maps (not verified)"
    assert len(wm811k(path, labelled=True)) == 2
    with pytest.raises(ValueError, match=r"p\.npz holds no failureType"):
        wm811k(save_ragged(tmp_path / "p.npz", MAPS))
    with pytest.raises(ValueError, match=r"p\.npz: row 0: failureType is 'Blob'"):
        wm811k(save_ragged(tmp_path / "p.npz", MAPS[:1], failureType=np.array(["Blob"])))


COUNTS = {
    "Center": 2156, "Donut": 285, "Edge-Loc": 2616, "Edge-Ring": 4757, "Loc": 1807, "Near-full": 80,
    "Scratch": 597, "Random": 461, "none": 4000,
}  # fmt: skip


def test_half_of_the_labelled_maps_through_an_old_pickle(at_home):
    path = real("wm811k/WM811K_labelled_half.npz")
    part = wm811k(path)
    assert len(part) == 16_759
    assert part.table["failure_type"].value_counts().to_dict() == COUNTS
    assert dict(zip(part.pattern_names, part.patterns.sum(axis=0).tolist(), strict=True)) == COUNTS
    stored = load_maps(path)
    types = part.table["failure_type"].tolist()
    maps = opened(at_home, table([np.asfortranarray(m) for m in part], types))
    assert same(maps, stored)
    assert maps.table["failure_type"].tolist() == types
    assert maps.fingerprint == part.fingerprint
    assert maps.table["die_size"].tolist() == [int((m > 0).sum()) for m in stored]
    assert maps.notes == ()
