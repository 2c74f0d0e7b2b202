"""A data folder of several users: what one has made, another one can use."""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest
from loopback import zipped

from semlib._download import lock
from semlib._download import verified as _verified
from semlib._download.disk import new_folder, write_atomic
from semlib.download import data_dir, fetch, fetch_folder, verify
from semlib.runtime import cache_dir

BODY = random.Random(1).randbytes(3000)
ARCHIVE = zipped({"data/carinthia.csv": b"x;y\n", "data/images/0.jpg": BODY})


@pytest.fixture(params=[0o022, 0o002, 0o077])
def umask(request):
    before = os.umask(request.param)
    yield request.param
    os.umask(before)


def _mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def test_files_and_folders_have_the_umask_s_mode(publish, monkeypatch, umask, tmp_path):
    monkeypatch.setattr(_verified, "_MARGIN", -10.0)  # all is remembered at once
    publish("carinthia", ARCHIVE)
    publish("mixedwm38", BODY)
    publish("wm811k", BODY, token=False)
    publish.place("wm811k").rename(publish.path("wm811k").with_name("archive.zip"))
    publish.path("wm811k").with_name("archive.zip").write_bytes(zipped({"LSWMD.pkl": BODY}))
    fetch_folder("carinthia")
    fetch("mixedwm38")
    fetch("wm811k")
    write_atomic(tmp_path / "note", "1")
    assert list(new_folder(tmp_path, "new-").iterdir()) == []
    made = [*data_dir().rglob("*"), *tmp_path.glob("n*")]
    names = {path.name for path in made}
    assert {"unpacked", "data.zip.verified.json", "Wafer_Map_Datasets.npz.sha256", "LSWMD.pkl"} <= names
    for path in made:
        assert _mode(path) == (0o777 if path.is_dir() else 0o666) & ~umask, path


def test_a_note_that_another_user_s_mode_hides(publish, monkeypatch):
    """It counts as absent; the notes of this user are in the cache, and the other's stay as they are."""
    file = publish("mixedwm38", BODY)
    path = fetch("mixedwm38")
    monkeypatch.setattr(_verified, "_MARGIN", -10.0)
    hidden = [path.with_name(path.name + suffix) for suffix in (".sha256", ".verified.json")]
    for note in hidden:
        note.write_text("another user's")
    plain = Path.read_text

    def read_text(self, *args, **kwargs):
        if self in hidden:
            raise PermissionError(13, "Permission denied", str(self))
        return plain(self, *args, **kwargs)

    monkeypatch.setattr(Path, "read_text", read_text)
    for _ in range(2):
        assert verify(path, file) == "size"
        assert fetch("mixedwm38") == path
    assert len(list((cache_dir() / "verified").iterdir())) == 2
    assert [note.read_bytes() for note in hidden] == [b"another user's"] * 2
    monkeypatch.setattr(_verified, "write_atomic", lambda *a: (_ for _ in ()).throw(PermissionError))
    assert verify(path, file) == "size"


def test_what_is_there_is_used_without_a_lock(publish, monkeypatch):
    publish("carinthia", ARCHIVE)
    publish("mixedwm38", BODY)
    folder, path = fetch_folder("carinthia"), fetch("mixedwm38")
    monkeypatch.setattr(lock, "FileLock", None)
    assert fetch_folder("carinthia") == folder
    assert fetch("mixedwm38") == path


def test_another_user_s_lock_is_replaced_by_one_in_the_cache(publish, monkeypatch):
    publish("carinthia", BODY)
    taken = []

    class Lock(lock.FileLock):
        def acquire(self, *args, **kwargs):
            taken.append(Path(self.lock_file))
            if data_dir() in taken[-1].parents:
                raise PermissionError(13, "Permission denied")
            return super().acquire(*args, **kwargs)

    monkeypatch.setattr(lock, "FileLock", Lock)
    assert fetch("carinthia").read_bytes() == BODY
    assert [path.parent for path in taken] == [data_dir() / "carinthia", cache_dir() / "locks"]
