from __future__ import annotations

import errno
import io
import json
import os
import random
from collections import namedtuple

import pytest
from loopback import change, cut, fine, status
from pieces import BODY, HALF, PIECE, get
from tqdm import tqdm

from semlib._download import disk as _files
from semlib._download import part as _part
from semlib._download import transport as _transport
from semlib.download import MissingDataError, fetch

OTHER = random.Random(2).randbytes(300_000)


def ranges(server) -> list[str | None]:
    return [asked.headers.get("Range") for asked in server.requests]


def test_the_rest_is_asked_for_if_the_version_is_the_same(publish, server):
    publish("carinthia", BODY, faults=[HALF])
    assert get(publish) == BODY
    assert ranges(server) == [None, "bytes=131072-"]
    assert server.requests[1].headers["If-Range"] == '"1"'
    assert server.requests[0].headers["Accept-Encoding"] == "identity"


@pytest.mark.parametrize(
    ("key", "etag", "modified", "if_range"),
    [
        ("carinthia", 'W/"1"', "Thu, 01 Jan 1970 00:00:00 GMT", "Thu, 01 Jan 1970 00:00:00 GMT"),
        ("mixedwm38", 'W/"1"', "Thu, 01 Jan 1970 00:00:00 GMT", "Thu, 01 Jan 1970 00:00:00 GMT"),
        ("mixedwm38", '"1"', None, '"1"'),
        ("carinthia", 'W/"1"', None, None),  # its hash will tell
        ("mixedwm38", 'W/"1"', None, "never"),  # has no hash: nothing is built upon what cannot be checked
        ("mixedwm38", None, None, "never"),
    ],
)
def test_an_interrupted_download_goes_on_in_the_next_call(
    publish, server, monkeypatch, key, etag, modified, if_range
):
    publish(key, BODY, etag=etag, headers={"Last-Modified": modified}, faults=[HALF])
    with monkeypatch.context() as patch:
        patch.setattr(_transport, "sleep", lambda seconds: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            fetch(key)
    part = publish.path(key).with_name(publish.path(key).name + ".part")
    assert part.read_bytes() == BODY[:PIECE]
    assert get(publish, key) == BODY
    if if_range == "never":
        assert ranges(server) == [None, None]
    else:
        assert ranges(server) == [None, "bytes=131072-"]
        assert server.requests[1].headers.get("If-Range") == if_range


@pytest.mark.parametrize(
    ("fields", "asked"),
    [
        ({"ranges": False}, 2),
        ({"faults": [HALF, change(body=BODY, etag='"2"')]}, 2),
        ({"faults": [HALF, change(body=BODY, etag='"2"', if_range=False)]}, 3),
        ({"faults": [HALF, change(body=BODY[:130_000], if_range=False), change(body=BODY)]}, 3),
        ({"etag": None, "faults": [HALF, change(body=BODY)]}, 3),
        ({"faults": [HALF, change(body=BODY)]}, 3),
        ({"faults": [HALF, status(206, content_range="bytes 0-9/300000"), change(body=BODY)]}, 3),
        ({"faults": [HALF, status(206), change(body=BODY)]}, 3),
        ({"faults": [status(206, content_range="bytes 0-9/300000"), change(body=BODY)]}, 2),
    ],
    ids=[
        "no ranges",
        "changed",
        "changed, and a range of it is sent",
        "shorter now, 416",
        "changed, no ETag: the hash tells, all from scratch",
        "changed under the same ETag",
        "another range than asked for",
        "a range of unknown place",
        "a range that nobody asked for",
    ],
)
def test_pieces_of_different_versions_are_never_mixed(publish, server, fields, asked):
    faults = fields.get("faults", [HALF])
    publish("carinthia", BODY, served=BODY if "ranges" in fields else OTHER, **{**fields, "faults": faults})
    assert get(publish) == BODY
    assert len(server.requests) >= asked


@pytest.mark.parametrize("size", [1000, 299_999, 300_000, 300_001])
@pytest.mark.parametrize("note", ["same", "another URL", "damaged", "absent"])
def test_a_part_of_something_else_does_not_spoil_the_result(publish, server, size, note):
    file = publish("carinthia", BODY)
    part = publish.path("carinthia").with_name("data.zip.part")
    part.parent.mkdir(parents=True)
    part.write_bytes((OTHER * 2)[:size])
    if note != "absent":
        notes = {"same": {"url": file.url, "ETag": '"1"'}, "another URL": {"url": "http://x", "ETag": '"1"'}}
        part.with_name("data.zip.part.json").write_text(json.dumps(notes[note]) if note in notes else "[")
    assert get(publish) == BODY


def test_a_whole_part_is_verified_without_asking(publish, server):
    publish("carinthia", BODY)
    publish.place("carinthia").rename(publish.path("carinthia").with_name("data.zip.part"))
    assert get(publish) == BODY
    assert server.requests == []


class _SmallDisk:
    """A file on a disk with room for 100,000 bytes, which takes what it can as a raw file does."""

    def __init__(self, stream):
        self.stream = stream

    def write(self, data):
        room = 100_000 - os.fstat(self.stream.fileno()).st_size
        if room <= 0:
            raise OSError(errno.ENOSPC, "No space left on device")
        return self.stream.write(data[:room])

    def __getattr__(self, name):
        return getattr(self.stream, name)


def test_a_full_disk_keeps_what_has_arrived(publish, server, monkeypatch):
    publish("carinthia", BODY)
    with monkeypatch.context() as patch:
        small = lambda *a, **k: _SmallDisk(open(*a, **k))  # noqa: E731, SIM115
        patch.setattr(_part, "open", small, raising=False)
        with pytest.raises(
            OSError, match=r"data\.zip needs 200,000 more bytes, and the disk of .* free"
        ) as caught:
            fetch("carinthia")
    assert caught.value.errno == errno.ENOSPC
    assert get(publish) == BODY
    assert ranges(server) == [None, "bytes=100000-"]


def test_a_disk_without_room_is_seen_before_anything_is_asked(publish, server, monkeypatch):
    publish("carinthia", BODY)
    usage = namedtuple("usage", "free")
    monkeypatch.setattr(_files.shutil, "disk_usage", lambda folder: usage(299_999))
    with pytest.raises(OSError, match=r"needs 300,000 more bytes, and the disk of .* has 299,999 free"):
        fetch("carinthia")
    assert server.requests == []


def test_the_bar_begins_where_the_file_does(publish, server, monkeypatch):
    bars = []

    class Bar(_part.tqdm):
        def __init__(self, **options):
            super().__init__(**options, disable=False, file=io.StringIO())
            bars.append((self, self.n))

    monkeypatch.setattr(_part, "tqdm", Bar)
    publish("carinthia", BODY, faults=[HALF, cut(0), cut(0), cut(0), fine])
    with pytest.raises(MissingDataError):
        fetch("carinthia")
    get(publish)
    assert [(begin, bar.n) for bar, begin in bars] == [(0, PIECE), (PIECE, 300_000)]
    assert "the connection ended after 131,072 of 300,000 bytes; again in 1 s" in bars[0][0].fp.getvalue()


@pytest.mark.parametrize("progress", [True, False])
def test_no_bar_where_there_shall_be_none(publish, capsys, monkeypatch, progress):
    publish("carinthia", BODY, faults=[HALF])
    if not progress:  # else TQDM_DISABLE=1, which is set for all tests
        monkeypatch.setattr(_part, "tqdm", lambda **options: tqdm(**{"disable": False, **options}))
    fetch("carinthia", progress=progress)
    assert capsys.readouterr() == ("", "")
