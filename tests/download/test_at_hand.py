from __future__ import annotations

import os
import random
from pathlib import Path

import pytest
from loopback import zipped

from semlib.download import MismatchError, MissingDataError, data_dir, fetch, fetch_folder
from semlib.unpack import ArchiveError

BODY = random.Random(1).randbytes(300_000)
OTHER = random.Random(2).randbytes(300_000)
MEMBER = "MIR-WM811K/Python/WM811K.pkl"
MIRLAB = zipped({"MIR-WM811K/readme.txt": b"1", "MIR-WM811K/C:\\odd": b"2", MEMBER: OTHER})
FILES = {"data/carinthia.csv": b"x;y\n", "data/images/0.jpg": BODY, "data/images/1.jpg": OTHER}
ARCHIVE = zipped(FILES)


PKL = {"name": "LSWMD.pkl"}
MIR = {"name": "MIR-WM811K.zip"}
KAGGLE = zipped({"readme": b"1", "some/LSWMD.pkl": BODY})
PLACES = {  # data set, what is published, where a person put which bytes, root; "" is a folder
    "in data_dir": ("carinthia", BODY, {}, "data/carinthia/data.zip", BODY, None),
    "folder that holds it": ("carinthia", BODY, {}, "my/data.zip", BODY, "my"),
    "folder that holds the key": ("carinthia", BODY, {}, "my/carinthia/data.zip", BODY, "my"),
    "folder called as the key": ("carinthia", BODY, {}, "carinthia/data.zip", BODY, "carinthia"),
    "the file": ("carinthia", BODY, {}, "my/data.zip", BODY, "my/data.zip"),
    "the file, renamed": ("carinthia", BODY, {}, "my/images", BODY, "my/images"),
    "a browser's second copy": ("carinthia", BODY, {}, "my/data (1).zip", BODY, "my"),
    "Kaggle's archive": ("wm811k", BODY, PKL, "data/wm811k/archive.zip", KAGGLE, None),
    "Kaggle's archive, second copy": ("wm811k", BODY, PKL, "my/archive (2).zip", KAGGLE, "my"),
    "Kaggle's archive as root": ("wm811k", BODY, PKL, "my/kaggle.zip", KAGGLE, "my/kaggle.zip"),
    "Kaggle's archive by command": ("wm811k", BODY, PKL, "my/wm811k-wafer-map.zip", KAGGLE, "my"),
    "Kaggle's file, zipped": ("wm811k", BODY, PKL, "data/wm811k/LSWMD.pkl.zip", KAGGLE, None),
    "a zip under the file's name": ("wm811k", BODY, PKL, "data/wm811k/LSWMD.pkl", KAGGLE, None),
    "mirlab's archive": ("wm811k", MIRLAB, MIR, "data/wm811k/MIR-WM811K.zip", MIRLAB, None),
    "mirlab's archive as root": ("wm811k", MIRLAB, MIR, "my/m.zip", MIRLAB, "my/m.zip"),
    "mirlab's pickle": ("wm811k", MIRLAB, MIR, "data/wm811k/WM811K.pkl", OTHER, None),
    "mirlab's pickle as root": ("wm811k", MIRLAB, MIR, "my/w.pkl", OTHER, "my/w.pkl"),
    "an npz": ("mixedwm38", ARCHIVE, {}, "my/Wafer_Map_Datasets.npz", ARCHIVE, "my"),
    "an npz in an archive": (
        "mixedwm38", ARCHIVE, {}, "my/archive.zip", zipped({"Wafer_Map_Datasets.npz": ARCHIVE}), "my"
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", PLACES)
def test_a_file_at_hand_is_taken_in_any_form(publish, server, tmp_path, monkeypatch, case):
    key, body, options, where, placed, root = PLACES[case]
    publish(key, body, token=False, **options)
    (tmp_path / where).parent.mkdir(parents=True)
    (tmp_path / where).write_bytes(placed)
    for _ in range(2):  # the second time what was taken out is used
        path = fetch(key, root and tmp_path / root, download=False)
        assert path.read_bytes() == (OTHER if body is MIRLAB else body)
        before = path.stat().st_mtime_ns
    assert path.stat().st_mtime_ns == before
    assert server.requests == []
    monkeypatch.setattr("semlib._download.at_hand.writable", None)  # nothing is written now
    if "rchive" not in case or root is None:
        assert fetch(key, root and tmp_path / root) == path
    if root and root.startswith("my/"):
        assert os.listdir(tmp_path / "my") == [Path(where).name]  # a user's folder gets no company


def test_a_zip_under_the_file_s_name_is_kept_aside(publish):
    publish("wm811k", BODY, token=False)
    path = publish.place("wm811k")
    path.write_bytes(KAGGLE)
    assert fetch("wm811k").read_bytes() == BODY
    assert path.with_name("LSWMD.pkl.mismatch").read_bytes() == KAGGLE


def test_what_was_taken_out_of_another_archive_is_not_mixed_up(publish, tmp_path):
    publish("mixedwm38", BODY, token=False)
    for name, content in (("a.zip", BODY), ("b.zip", OTHER)):
        (tmp_path / name).write_bytes(zipped({"Wafer_Map_Datasets.npz": content}))
    assert fetch("mixedwm38", tmp_path / "a.zip").read_bytes() == BODY
    with pytest.raises(MismatchError, match=r"as the first copy had.*If you know .* remove .*\.npz\.sha256"):
        fetch("mixedwm38", tmp_path / "b.zip")
    assert fetch("mixedwm38").read_bytes() == BODY


@pytest.mark.parametrize("download", [True, False])
def test_a_user_s_wrong_file_is_refused_and_stays(publish, server, tmp_path, download):
    file = publish("carinthia", BODY)
    (tmp_path / "my").mkdir()
    for root in (tmp_path / "my", tmp_path / "my/data.zip"):
        (tmp_path / "my/data.zip").write_bytes(OTHER)
        with pytest.raises(MismatchError, match="is not the published") as caught:
            fetch("carinthia", root, download=download)
        assert (tmp_path / "my/data.zip").read_bytes() == OTHER
        for fact in ("300,000 bytes", file.sha256, file.url, "bytes were damaged"):
            assert fact in str(caught.value)
    assert os.listdir(tmp_path / "my") in (["data.zip"], ["data.zip", "carinthia"], ["carinthia", "data.zip"])
    assert server.requests == []


@pytest.mark.parametrize(
    ("content", "guess"),
    [
        (BODY[:-1], "it has 299,999 bytes .* broke off"),
        (BODY + b"1", "it has 300,001 bytes .* Probably it is another version"),
        (OTHER, "bytes were damaged"),
        (b"", "It is empty"),
        (b"\n<!doctype html><title>Sign in", "It is a web page"),
        (b'{"status": 403}', "a JSON text"),
        (ARCHIVE[:-9], "its end is missing: it is truncated"),
    ],
)
def test_a_wrong_file_in_the_data_folder_is_kept_aside(publish, content, guess):
    publish("carinthia", BODY)
    path = publish.place("carinthia")
    aside = [path.with_name("data.zip.mismatch"), path.with_name("data.zip.mismatch.2")]
    for kept in aside:
        path.write_bytes(content)
        with pytest.raises(MismatchError, match=f"{guess}.*kept as {kept} and not used"):
            fetch("carinthia", download=False)
        assert not path.exists()
    assert fetch("carinthia").read_bytes() == BODY
    assert [kept.read_bytes() for kept in aside] == [content, content]


def test_swapped_archives_are_told_apart(publish, server):
    publish("carinthia", BODY)
    publish("carinthia_s", BODY + b"1")
    publish.path("carinthia_s").parent.mkdir(parents=True)
    publish.path("carinthia_s").write_bytes(BODY)
    with pytest.raises(
        MismatchError, match=r"it is data\.zip of Carinthia \(carinthia\): were files swapped\? It is kept"
    ):
        fetch("carinthia_s")


def test_one_good_file_of_several_is_enough(publish, server):
    publish("wm811k", BODY, name="LSWMD.pkl", token=False)
    publish("wm811k", MIRLAB, name="MIR-WM811K.zip")
    publish.place("wm811k", "MIR-WM811K.zip")
    publish.path("wm811k", "LSWMD.pkl").write_bytes(OTHER + b"broken")
    assert fetch("wm811k").read_bytes() == OTHER
    assert publish.path("wm811k", "LSWMD.pkl").exists()
    assert server.requests == []


def test_what_was_taken_out_is_mended_from_its_archive(publish, server):
    publish("wm811k", MIRLAB, name="MIR-WM811K.zip")
    publish.place("wm811k", "MIR-WM811K.zip")
    path = fetch("wm811k")
    path.write_bytes(BODY)
    assert fetch("wm811k") == path
    assert path.read_bytes() == OTHER
    assert path.with_name("WM811K.pkl.mismatch").read_bytes() == BODY
    assert server.requests == []


def test_a_hostile_archive_is_refused(publish, tmp_path):
    publish("wm811k", BODY, name="LSWMD.pkl", token=False)
    (tmp_path / "a.zip").write_bytes(zipped({"../LSWMD.pkl": BODY}))
    with pytest.raises(ArchiveError, match=r"out of its folder \(\.\.\)"):
        fetch("wm811k", tmp_path / "a.zip")
    assert not list(data_dir().rglob("LSWMD*"))


def test_the_error_without_the_data_says_what_to_do(publish, tmp_path):
    file = publish("wm811k", BODY, token=False)
    with pytest.raises(MissingDataError) as caught:
        fetch("wm811k", download=False)
    for fact in (
        "LSWMD.pkl (300,000 bytes", file.sha256, "https://www.kaggle.com/datasets/qingyi/wm811k-wafer-map",
        "MIR-WM811K.zip (344,542,743 bytes, no hash is published", str(data_dir() / "wm811k/LSWMD.pkl"),
        "KAGGLE_API_TOKEN", "pass the path of that file", "keep the copyright notice",
    ):  # fmt: skip
        assert fact in str(caught.value)
    assert not data_dir().exists()


@pytest.mark.parametrize(
    ("key", "root", "error", "message"),
    [
        ("carinthia_x", None, ValueError, "key='carinthia_x' is not a data set; there are carinthia, "),
        ("carinthia", "absent/data.zip", MissingDataError, "data.zip does not exist; pass .*(.|\n)*by hand"),
        (
            "carinthia",
            "absent",
            MissingDataError,
            "absent does not exist; pass the path of the file, or of the",
        ),
        ("wm811k", "absent/foo", MissingDataError, "WM-811K is not looked for elsewhere then"),
        ("carinthia", 5, ValueError, "root=5 must be the path of a file or of a folder, or None"),
        ("carinthia", b"data", ValueError, "root=b'data' must be the path"),
        ("carinthia", "", ValueError, "root='' must be the path"),
    ],
)
def test_wrong_arguments(publish, server, tmp_path, key, root, error, message):
    given = tmp_path / root if root and isinstance(root, str) else root
    for get in (fetch, fetch_folder) if key == "carinthia" else (fetch,):
        with pytest.raises(error, match=message):
            get(key, given)
    assert server.requests == []
    assert os.listdir(tmp_path) == []
