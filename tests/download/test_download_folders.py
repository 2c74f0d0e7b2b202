from __future__ import annotations

import random
import re
import shutil

import pytest
from loopback import status, zipped

from semlib import unpack
from semlib._download import folders as _folders
from semlib._download.disk import writable
from semlib.download import MismatchError, MissingDataError, data_dir, fetch_folder, main
from semlib.runtime import cache_dir
from semlib.unpack import ArchiveError

BODY = random.Random(1).randbytes(300_000)
OTHER = random.Random(2).randbytes(300_000)
MEMBER = "MIR-WM811K/Python/WM811K.pkl"
FILES = {"data/carinthia.csv": b"x;y\n", "data/images/0.jpg": BODY, "data/images/1.jpg": OTHER}
ARCHIVE = zipped(FILES)


def contents(folder) -> dict[str, bytes]:
    return {
        p.relative_to(folder).as_posix(): p.read_bytes() for p in (folder / "data").rglob("*") if p.is_file()
    }


def test_an_archive_is_unpacked_once(publish, server, monkeypatch):
    publish("carinthia", ARCHIVE)
    folder = fetch_folder("carinthia")
    assert contents(folder) == FILES
    publish.path("carinthia").unlink()  # it is not needed any more
    monkeypatch.setattr(_folders, "unpack", None)
    assert fetch_folder("carinthia", download=False) == folder
    assert len(server.requests) == 1


@pytest.mark.parametrize("state", ["a file is gone", "another archive", "no mark", "killed", "damaged mark"])
def test_a_folder_that_is_not_whole_is_made_again(publish, state):
    publish("carinthia", ARCHIVE)
    folder = fetch_folder("carinthia")
    mark = folder / ".unpacked.json"
    match state:
        case "a file is gone":
            (folder / "data/images/0.jpg").unlink()
        case "another archive":
            mark.write_text(mark.read_text().replace('"sha256": "', '"sha256": "0'))
            (folder / "data/images/0.jpg").write_bytes(b"another")
        case "no mark":
            mark.unlink()
        case "damaged mark":
            mark.write_text("")
        case "killed":
            folder.rename(folder.with_name("unpacked.part"))
            (folder.with_name("unpacked.part") / "data/carinthia.csv").write_text("half")
    assert fetch_folder("carinthia") == folder
    assert contents(folder) == FILES
    left = {p.name for p in folder.parent.iterdir() if not p.name.endswith(".lock")}
    aside = {"unpacked.mismatch"} if state == "no mark" else set()  # nobody knows whose it is
    assert left == {"data.zip", "unpacked"} | aside


@pytest.mark.parametrize("file", ["data/carinthia.csv", "data/images/0.jpg"])
def test_a_folder_that_was_changed_is_made_again_and_kept(publish, server, file):
    publish("carinthia", ARCHIVE)
    folder = fetch_folder("carinthia")
    (folder / ".DS_Store").write_text("of macOS")
    assert fetch_folder("carinthia") == folder  # what was added does not count
    assert (folder / ".DS_Store").exists()
    (folder / file).write_bytes(b"y;x\n")  # the table has its size still
    with pytest.warns(
        UserWarning, match=rf"{file} was changed after unpacking: .* kept as .*unpacked\.mismatch"
    ):
        assert fetch_folder("carinthia") == folder
    assert contents(folder) == FILES
    assert (folder.with_name("unpacked.mismatch") / file).read_bytes() == b"y;x\n"
    assert len(server.requests) == 1


def test_a_given_root_is_not_replaced_by_what_lies_elsewhere(publish, server, tmp_path):
    publish("carinthia", ARCHIVE)
    publish("carinthia_s", BODY)
    folder = fetch_folder("carinthia")
    (tmp_path / "some.py").write_text("import os")
    for wrong in (tmp_path / "some.py", publish.place("carinthia_s")):
        before = wrong.read_bytes()
        with pytest.raises(MismatchError, match=f"{wrong} is not the published data.zip"):
            fetch_folder("carinthia", wrong)
        assert wrong.read_bytes() == before
    (tmp_path / "my").mkdir()
    with pytest.raises(MissingDataError, match=rf"is not at hand(.|\n)*{tmp_path}/my/carinthia/data.zip"):
        fetch_folder("carinthia", tmp_path / "my", download=False)
    assert len(server.requests) == 1
    assert fetch_folder("carinthia", tmp_path / "my") == tmp_path / "my/carinthia/unpacked"
    assert len(server.requests) == 2
    assert fetch_folder("carinthia", publish.path("carinthia")) == folder


def test_an_interrupted_unpacking_leaves_no_folder(publish, monkeypatch):
    publish("carinthia", ARCHIVE)
    with monkeypatch.context() as patch:
        patch.setattr(unpack.tqdm, "update", lambda *a: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            fetch_folder("carinthia")
    assert not list(data_dir().rglob("unpacked*/*"))
    assert contents(fetch_folder("carinthia")) == FILES


@pytest.mark.parametrize("place", [True, False])
def test_a_data_folder_that_cannot_be_written(publish, monkeypatch, place):
    publish("carinthia", ARCHIVE)
    if place:
        publish.place("carinthia")
    monkeypatch.setattr(
        "semlib._download.at_hand.writable", lambda f: data_dir() not in f.parents and writable(f)
    )
    for _ in range(2):
        folder = fetch_folder("carinthia")
        assert folder == cache_dir() / "data/carinthia/unpacked"
        assert contents(folder) == FILES
    monkeypatch.setattr("semlib._download.at_hand.writable", lambda folder: False)
    shutil.rmtree(folder)
    with pytest.raises(PermissionError, match="cannot be written; set SEMLIB_DATA"):
        fetch_folder("carinthia")


def test_a_root_that_cannot_be_written(publish, monkeypatch, tmp_path):
    publish("carinthia", ARCHIVE)
    root = tmp_path / "my"
    root.mkdir()
    monkeypatch.setattr("semlib._download.at_hand.writable", lambda f: root not in f.parents and writable(f))
    with pytest.raises(PermissionError, match=f"{root} cannot be written; pass the path"):
        fetch_folder("carinthia", root)


def test_a_hostile_archive_is_not_unpacked(publish):
    publish("carinthia", zipped({"data/a": b"1", "../../evil": b"2"}))
    with pytest.raises(ArchiveError, match="a step out of its folder"):
        fetch_folder("carinthia")
    assert not list(data_dir().rglob("evil"))
    assert not list(data_dir().rglob("unpacked*/*"))


@pytest.mark.parametrize("key", ["wm811k", "mixedwm38"])
def test_one_file_is_no_folder(key):
    with pytest.raises(ValueError, match=f"key='{key}' is one file, .* call fetch"):
        fetch_folder(key)


def test_the_command_fetches_and_unpacks(publish, capsys, tmp_path):
    publish("carinthia", ARCHIVE)
    publish("mixedwm38", BODY)
    (tmp_path / "my").mkdir()
    assert main(["carinthia", "mixedwm38", "--root", str(tmp_path / "my")]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines == [
        str(tmp_path / "my/carinthia/unpacked"),
        str(tmp_path / "my/mixedwm38/Wafer_Map_Datasets.npz"),
    ]


def test_the_command_says_what_went_wrong(publish, capsys, monkeypatch):
    publish("carinthia", BODY, faults=[status(404)])
    assert main(["carinthia"]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("carinthia: Carinthia is not in")
    with pytest.raises(SystemExit):
        main(["carinthias"])
    assert "'carinthias' is not a data set; there are carinthia," in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [["--list"], []])
def test_the_list_says_what_is_at_hand(publish, server, capsys, arguments):
    publish("carinthia", ARCHIVE)
    fetch_folder("carinthia")
    n = len(server.requests)
    assert main(arguments) == 0
    text = capsys.readouterr().out
    assert (
        f"at hand (not verified now): {data_dir()}/carinthia/data.zip, {data_dir()}/carinthia/unpacked"
        in text
    )
    assert re.search(
        rf"wm811k: (.|\n)*2,095,505,977 bytes(.|\n)*terms: Own terms(.|\n)*not in {data_dir()}/wm811k", text
    )
    assert "terms: CC BY 4.0" in text
    assert len(server.requests) == n
    assert main(["--list", "mixedwm38"]) == 0
    assert capsys.readouterr().out.startswith("mixedwm38: ")
