from __future__ import annotations

import base64
import json
import random
import shutil
import socket
import traceback
from concurrent.futures import ThreadPoolExecutor

import pytest
from loopback import Server, cut, status, zipped

from semlib import download
from semlib._download import folders as _folders
from semlib._download import lock, verified
from semlib.download import MissingDataError, data_dir, fetch, fetch_folder
from semlib.unpack import unpack
from semlib.wafer.data import wm811k

BODY = random.Random(1).randbytes(300_000)
OTHER = random.Random(2).randbytes(300_000)
SECRET = "KGAT_secret-of-the-test"  # as the fixture sets it
MEMBER = "MIR-WM811K/Python/WM811K.pkl"
MIRLAB = zipped({"MIR-WM811K/readme.txt": b"1", "MIR-WM811K/C:\\odd": b"2", MEMBER: OTHER})
FILES = {"data/carinthia.csv": b"x;y\n", "data/images/0.jpg": BODY, "data/images/1.jpg": OTHER}
ARCHIVE = zipped(FILES)


@pytest.mark.parametrize("host", ["192.0.2.1", "example.org"])
def test_no_test_reaches_the_network(host):
    with pytest.raises(pytest.fail.Exception, match=f"reach {host} on the network"):
        socket.create_connection((host, 80), timeout=1)


def test_several_at_once_fetch_and_unpack_once(publish, server, monkeypatch):
    publish("carinthia", ARCHIVE, faults=[cut(1), status(503)])
    unpacked = []
    monkeypatch.setattr(_folders, "unpack", lambda *a, **k: unpacked.append(a) or unpack(*a, **k))
    with ThreadPoolExecutor(6) as pool:
        folders = {future.result() for future in [pool.submit(fetch_folder, "carinthia") for _ in range(6)]}
    assert len(server.requests) == 3
    assert len(unpacked) == 1
    assert folders == {data_dir() / "carinthia/unpacked"}


def test_waiting_for_another_process_is_said(publish, monkeypatch):
    publish("carinthia", BODY)
    attempts = []

    class Lock:
        def __init__(self, path): ...
        def release(self): ...
        def acquire(self, timeout=None):
            attempts.append(timeout)
            if timeout is not None:
                raise lock.Timeout("lock")

    monkeypatch.setattr(lock, "FileLock", Lock)
    with pytest.warns(UserWarning, match="another process is busy in .*carinthia; waiting for it") as caught:
        fetch("carinthia")
    assert caught[0].filename == __file__
    assert attempts == [2, None]


def test_root_is_where_it_is_downloaded_to(publish, tmp_path):
    publish("carinthia", ARCHIVE)
    publish("carinthia_s", ARCHIVE + b"")
    for name in ("my", "carinthia_s"):
        (tmp_path / name).mkdir()
    assert fetch("carinthia", tmp_path / "my") == tmp_path / "my/carinthia/data.zip"
    assert fetch("carinthia_s", tmp_path / "carinthia_s") == tmp_path / "carinthia_s/data.zip"
    assert fetch_folder("carinthia", str(tmp_path / "my")) == tmp_path / "my/carinthia/unpacked"
    assert not data_dir().exists()


def _no_token(monkeypatch, folder):
    monkeypatch.delenv("KAGGLE_API_TOKEN")


def _pair(monkeypatch, folder):
    monkeypatch.delenv("KAGGLE_API_TOKEN")
    monkeypatch.setenv("KAGGLE_USERNAME", "me")
    monkeypatch.setenv("KAGGLE_KEY", SECRET)


def _file(monkeypatch, folder):
    monkeypatch.delenv("KAGGLE_API_TOKEN")
    folder.mkdir()
    (folder / "kaggle.json").write_text(json.dumps({"username": "me", "key": SECRET}))


BASIC = "Basic " + base64.b64encode(f"me:{SECRET}".encode()).decode()
WAYS = [(lambda *_: None, f"Bearer {SECRET}"), (_pair, BASIC), (_file, BASIC)]


@pytest.mark.parametrize(("prepare", "header"), WAYS)
@pytest.mark.parametrize("elsewhere", [True, False])
def test_credentials_go_to_kaggle_only(publish, server, monkeypatch, tmp_path, prepare, header, elsewhere):
    file = publish("mixedwm38", BODY)
    prepare(monkeypatch, tmp_path / "no_kaggle")
    other = Server() if elsewhere else server
    server.redirect("/mixedwm38/" + file.name, other.put("/storage?signature=x", BODY, faults=[cut(1 << 17)]))
    assert fetch("mixedwm38").read_bytes() == BODY
    asked = [a for a in server.requests if a.path.startswith("/mixedwm38")]
    answered = [a for a in other.requests if a.path.startswith("/storage")]
    assert [a.headers["Authorization"] for a in asked] == [header] * 2
    assert [a.headers.get("Authorization") for a in answered] == [None if elsewhere else header] * 2
    assert answered[1].headers["Range"] == "bytes=131072-"


def test_a_netrc_is_not_asked(publish, server, monkeypatch, tmp_path):
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login me password secret")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    publish("carinthia", BODY)
    publish("mixedwm38", BODY)
    fetch("carinthia")
    fetch("mixedwm38")
    assert [a.headers.get("Authorization") for a in server.requests] == [None, f"Bearer {SECRET}"]


@pytest.mark.parametrize(("prepare", "header"), [*WAYS, (_no_token, "")])
@pytest.mark.parametrize("code", [401, 403, 404, 503])
def test_no_error_tells_a_secret(publish, monkeypatch, tmp_path, prepare, header, code):
    publish("mixedwm38", BODY, faults=[status(code)] * 9)
    prepare(monkeypatch, tmp_path / "no_kaggle")
    with pytest.raises(MissingDataError) as caught:
        fetch("mixedwm38")
    text = str(caught.value)
    chain = "".join(traceback.format_exception(caught.value))
    assert SECRET not in chain
    assert BASIC not in chain
    if not header:
        assert "there is no Kaggle token" in text
    assert ("does not accept the token" in text) == (bool(header) and code in (401, 403))
    assert ("https://www.kaggle.com/settings" in text) == (not header or code in (401, 403))


@pytest.mark.parametrize(
    "content", [f'{{"username": "me", "kee": "{SECRET}"}}', f"[{SECRET}", f'["{SECRET}"]', "\0"]
)
def test_a_bad_kaggle_json_is_not_quoted(publish, monkeypatch, tmp_path, content):
    publish("mixedwm38", BODY, token=False)
    (tmp_path / "no_kaggle").mkdir()
    (tmp_path / "no_kaggle/kaggle.json").write_text(content)
    with pytest.raises(ValueError, match=r"no_kaggle/kaggle\.json is not a Kaggle token") as caught:
        fetch("mixedwm38")
    assert SECRET not in repr(caught.value)
    assert caught.value.__suppress_context__


def test_credentials_are_not_sent_unencrypted(monkeypatch):
    monkeypatch.setenv("KAGGLE_API_TOKEN", SECRET)
    with pytest.raises(ValueError, match="not sent over http"):
        download._kaggle.auth("http://www.kaggle.com/x")
    assert download._kaggle.auth("https://www.kaggle.com/x")


@pytest.mark.parametrize("key", ["wm811k", "mixedwm38"])
@pytest.mark.parametrize("squeezed", [0, 8])
def test_kaggle_may_send_an_archive(publish, server, key, squeezed):
    name = publish.path(key).name
    body = ARCHIVE if key == "mixedwm38" else BODY  # an npz is a zip archive itself
    publish(key, body, served=zipped({name: body}, squeezed), faults=[cut(1 << 17)])
    path = fetch(key)
    assert path == publish.path(key)
    assert path.read_bytes() == body
    assert not [p for p in path.parent.iterdir() if ".part" in p.name or ".mismatch" in p.name]


def test_wm811k_comes_from_kaggle_with_a_token_else_from_mirlab(publish, server, monkeypatch):
    publish("wm811k", BODY, name="LSWMD.pkl", token=False)
    publish("wm811k", MIRLAB, name="MIR-WM811K.zip")
    path = fetch("wm811k")
    assert (path.name, path.read_bytes()) == ("WM811K.pkl", OTHER)
    assert [a.path for a in server.requests] == ["/wm811k/MIR-WM811K.zip"]
    assert fetch("wm811k") == path
    shutil.rmtree(path.parent)
    monkeypatch.setenv("KAGGLE_API_TOKEN", SECRET)
    assert fetch("wm811k").read_bytes() == BODY
    assert [a.path for a in server.requests[1:]] == ["/wm811k/LSWMD.pkl"]


def test_wm811k_comes_from_mirlab_where_kaggle_refuses(publish, server):
    publish("wm811k", BODY, name="LSWMD.pkl", faults=[status(403)])
    publish("wm811k", MIRLAB, name="MIR-WM811K.zip")
    with pytest.warns(UserWarning, match="403 Forbidden.*Trying the next source"):
        assert fetch("wm811k").name == "WM811K.pkl"
    server.put("/wm811k/MIR-WM811K.zip", b"", faults=[status(404)])
    shutil.rmtree(data_dir())
    server.put("/wm811k/LSWMD.pkl", b"", faults=[status(403)])
    with (
        pytest.warns(UserWarning, match="Trying the next"),
        pytest.raises(MissingDataError, match=r"LSWMD\.pkl from .* 403 (.|\n)*MIR-WM811K\.zip from .* 404"),
    ):
        fetch("wm811k")


def test_a_whole_part_leaves_no_note(publish, monkeypatch):
    monkeypatch.setattr(verified, "_MARGIN", -10.0)
    file = publish("carinthia", BODY)
    part = publish.place("carinthia").rename(publish.path("carinthia").with_name("data.zip.part"))
    part.with_name("data.zip.part.json").write_text(json.dumps({"url": file.url}))
    assert fetch("carinthia").read_bytes() == BODY
    assert not [p.name for p in part.parent.iterdir() if ".part" in p.name]


@pytest.mark.parametrize("verify", [True, False])
def test_a_path_of_wm811k_that_does_not_exist(publish, server, tmp_path, verify):
    for path in (tmp_path / "nope.pkl", tmp_path / "nope"):
        with pytest.raises(MissingDataError, match=rf"^{path} does not exist; pass the path of") as caught:
            wm811k(path, verify=verify, progress=False)
        assert "root=" not in str(caught.value)
        assert not path.exists()
    assert server.requests == []
