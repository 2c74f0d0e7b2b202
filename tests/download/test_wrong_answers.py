"""What a server sends that is not the published file: said, kept aside once, never used."""

from __future__ import annotations

import random
import shutil
from dataclasses import replace

import pytest
from loopback import zipped

from semlib.download import MismatchError, data_dir, fetch
from semlib.registry import REGISTRY
from semlib.unpack import ArchiveError
from semlib.wafer.data import wm811k

BODY = random.Random(1).randbytes(300_000)
OTHER = random.Random(2).randbytes(300_000)
MEMBER = "MIR-WM811K/Python/WM811K.pkl"
MIRLAB = zipped({"MIR-WM811K/readme.txt": b"1", "MIR-WM811K/C:\\odd": b"2", MEMBER: OTHER})


def test_wrong_bytes_are_kept_aside_and_never_used(publish, server):
    file = publish("carinthia", BODY, served=OTHER)
    folder = publish.path("carinthia").parent
    folder.mkdir(parents=True)
    (folder / "data.zip.mismatch").write_bytes(b"the user's")
    wrong = (
        rf"^What came from {file.url} is not the published data.*damaged .*kept as .*downloaded.mismatch, and"
    )
    for _ in range(2):
        with pytest.raises(MismatchError, match=wrong) as caught:
            fetch("carinthia")
        for part in (file.sha256, "To get it by hand", str(publish.path("carinthia"))):
            assert part in str(caught.value)
        assert ".part" not in str(caught.value)
        left = {p.name: p.read_bytes() for p in folder.iterdir() if p.suffix != ".lock"}
        # each can have 2 GB: of what came the last is kept
        assert left == {"data.zip.mismatch": b"the user's", "data.zip.downloaded.mismatch": OTHER}
    assert len(server.requests) == 2  # no second try: another one would get the same
    server.put("/carinthia/data.zip", BODY)
    assert fetch("carinthia").read_bytes() == BODY


def test_a_page_instead_of_the_file(publish):
    publish("carinthia", BODY, served=b"<!DOCTYPE html><title>Captive portal</title>")
    with pytest.raises(MismatchError, match="It is a web page, not the file: perhaps a login"):
        fetch("carinthia")


@pytest.mark.parametrize("served", [zipped({"Wafer_Map_Datasets.npz": OTHER[:-1]}), zipped({"other": BODY})])
def test_an_archive_of_something_else_is_kept_aside(publish, served):
    publish("mixedwm38", BODY, served=served)
    with pytest.raises(MismatchError, match=r"npz\.downloaded\.mismatch, and not used"):
        fetch("mixedwm38")


@pytest.mark.parametrize("served", [b"<!doctype html><title>Sign in", OTHER, BODY + OTHER * 9])
def test_wm811k_comes_from_mirlab_where_kaggle_sends_something_else(publish, server, served):
    publish("wm811k", BODY, name="LSWMD.pkl", served=served)
    publish("wm811k", MIRLAB, name="MIR-WM811K.zip")
    with pytest.warns(UserWarning, match=r"LSWMD\.pkl: (What came|the server).*\. Trying the next source"):
        assert fetch("wm811k").read_bytes() == OTHER
    shutil.rmtree(data_dir())
    server.put("/wm811k/MIR-WM811K.zip", b"<html>", faults=[])
    with (
        pytest.warns(UserWarning, match="Trying the next"),
        pytest.raises(
            MismatchError,
            match=r"(?s)MIR-WM811K.zip is not .*Before that: LSWMD.pkl: .*To get it by hand, any",
        ),
    ):
        fetch("wm811k")


@pytest.mark.parametrize(
    ("files", "error", "message"),
    [
        ({"MIR-WM811K/other": OTHER}, ArchiveError, "no entry 'MIR-WM811K/Python/WM811K.pkl'"),
        ({MEMBER: OTHER + b"1"}, ArchiveError, "300,001 bytes; at most 300,000"),
        ({MEMBER: OTHER[:-1]}, MismatchError, "it has 299,999 bytes"),
    ],
)
def test_the_member_has_the_size_that_is_known(publish, server, monkeypatch, files, error, message):
    publish("wm811k", MIRLAB, name="MIR-WM811K.zip")
    kaggle, mirlab = REGISTRY["wm811k"].files
    body = zipped(files)
    sized = (kaggle, replace(mirlab, size=len(body)))
    monkeypatch.setitem(REGISTRY, "wm811k", replace(REGISTRY["wm811k"], files=sized))
    server.put("/wm811k/MIR-WM811K.zip", body)
    with pytest.raises(error, match=message):
        fetch("wm811k")
    assert not list(data_dir().rglob("WM811K.pkl*"))


@pytest.mark.parametrize("served", [b"<html>Sign in", OTHER])
def test_a_server_s_answer_is_not_to_be_read_unverified(publish, served):
    publish("wm811k", BODY, name="LSWMD.pkl", token=False)
    publish("wm811k", MIRLAB, name="MIR-WM811K.zip", served=served)
    with pytest.raises(MismatchError, match=r"(?s)What came from .*To get it by hand") as caught:
        wm811k(progress=False)
    assert "verify=False" not in str(caught.value)
