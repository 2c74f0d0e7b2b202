from __future__ import annotations

import os
import random
from dataclasses import replace
from pathlib import Path

import pytest

from semlib._download import verified as _verified
from semlib.download import MismatchError, data_dir, fetch, verify

BODY = random.Random(1).randbytes(300_000)
OTHER = random.Random(2).randbytes(300_000)
MEMBER = "MIR-WM811K/Python/WM811K.pkl"
FILES = {"data/carinthia.csv": b"x;y\n", "data/images/0.jpg": BODY, "data/images/1.jpg": OTHER}


def test_data_dir(monkeypatch, tmp_path):
    monkeypatch.setenv("SEMLIB_CACHE", str(tmp_path))
    monkeypatch.delenv("SEMLIB_DATA", raising=False)
    assert data_dir() == tmp_path / "data"
    monkeypatch.setenv("SEMLIB_DATA", "~/mine")
    assert data_dir() == Path.home() / "mine"


@pytest.mark.parametrize(
    ("hashes", "result"),
    [(("sha256", "md5"), "sha256"), (("sha256",), "sha256"), (("md5",), "md5"), ((), "size")],
)
def test_verify_says_what_could_be_checked(publish, tmp_path, hashes, result):
    file = publish("carinthia", BODY)
    file = replace(file, **{name: None for name in ("sha256", "md5") if name not in hashes})
    path = tmp_path / "a"
    path.write_bytes(BODY)
    assert verify(path, file) == verify(str(path), file) == result
    path.write_bytes(OTHER)
    with pytest.raises(MismatchError, match=f"{path} is not the published data.zip"):
        verify(path, file)
    with pytest.raises(FileNotFoundError):
        verify(tmp_path / "absent", file)


def _rewrite(path):
    path.write_bytes(OTHER)
    os.utime(path, ns=(0, 10**18))


def _replace(path):
    path.with_name("new").write_bytes(OTHER)
    os.utime(path.with_name("new"), ns=(0, 10**18))
    os.replace(path.with_name("new"), path)


@pytest.mark.parametrize("alter", [_rewrite, _replace, lambda path: path.write_bytes(OTHER[:-1])])
@pytest.mark.parametrize("readonly", [True, False])
def test_a_verified_file_is_remembered_until_anything_changes(publish, monkeypatch, alter, readonly):
    file = publish("carinthia", BODY)
    path = publish.place("carinthia")
    os.utime(path, ns=(0, 10**18))
    hashed = []
    plain_hash = _verified._hash
    monkeypatch.setattr(_verified, "_hash", lambda *a: hashed.append(a) or plain_hash(*a))
    monkeypatch.setattr(_verified, "writable", lambda f: f != path.parent if readonly else True)
    _verified._beside(path, "")[1].parent.mkdir(parents=True)
    verify(path, file)
    verify(path, file)
    assert len(hashed) == 2  # too young to be remembered
    monkeypatch.setattr(_verified, "_MARGIN", -10.0)
    for _ in range(3):
        verify(path, file)
    assert len(hashed) == 3
    assert path.with_name("data.zip.verified.json").exists() != readonly
    alter(path)
    with pytest.raises(MismatchError):
        verify(path, file)


@pytest.mark.parametrize("note", ["", "[]", "{}", '{"file": 1}', "\0"])
def test_a_damaged_note_counts_for_nothing(publish, note):
    file = publish("carinthia", BODY)
    path = publish.place("carinthia")
    path.with_name("data.zip.verified.json").write_text(note)
    assert verify(path, file) == "sha256"


def test_without_a_published_hash_the_first_copy_counts(publish, tmp_path):
    file = publish("mixedwm38", BODY)
    path = fetch("mixedwm38")
    note = path.with_name(path.name + ".sha256")
    assert note.read_text().split()[1] == path.name
    path.write_bytes(OTHER)
    with pytest.raises(MismatchError, match=r"expected are 300,000 bytes and .*, as the first copy had"):
        verify(path, file)
    note.unlink()
    assert verify(path, file) == "size"
