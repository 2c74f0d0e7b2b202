from __future__ import annotations

import errno
import io
import json
import os
import random
import socket
from collections import namedtuple
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from types import SimpleNamespace

import pytest
from loopback import change, cut, fine, stall, status

from semlib import _files, _part, _transport
from semlib._part import Job, Part, TransportError
from semlib.download import MismatchError, MissingDataError, fetch

BODY = random.Random(1).randbytes(300_000)
OTHER = random.Random(2).randbytes(300_000)
PIECE = 2 * _transport.CHUNK  # 131,072 bytes; a piece that has not come whole is lost
HALF = cut(PIECE)


def get(publish, key="carinthia") -> bytes:
    """Fetch; nothing but the file, the locks and the notes on verified files is left."""
    path = fetch(key)
    assert not [p.name for p in path.parent.iterdir() if ".part" in p.name]
    return path.read_bytes()


def ranges(server) -> list[str | None]:
    return [asked.headers.get("Range") for asked in server.requests]


LATER = format_datetime(datetime.now(UTC) + timedelta(seconds=50), usegmt=True)


@pytest.mark.parametrize(
    ("faults", "waits"),
    [
        ([], []),
        ([status(429, retry_after="7")], [7]),
        ([status(429, retry_after="86400")], [120]),
        ([status(503, retry_after=LATER)], [50]),
        ([status(503, retry_after="Thu, 01 Jan 1970 00:00:00 GMT")], [0]),
        ([status(503, retry_after="soon")], [1]),
        ([status(code) for code in (500, 502, 503, 504, 429)], [1, 2, 4, 8, 16]),
        ([cut(0)], [1]),
        ([cut(1), cut(10), cut(100)], [1, 2, 4]),
        ([HALF], [1]),
        ([cut(PIECE, reset=True)], [1]),
        ([HALF, status(503), cut(1000)], [1, 2, 4]),
    ],
)
def test_a_server_in_trouble_is_asked_again(publish, server, faults, waits):
    publish("carinthia", BODY, faults=list(faults))
    assert get(publish) == BODY
    assert len(server.requests) == len(faults) + 1
    assert publish.waited == pytest.approx(waits, abs=5 if LATER in str(faults) or waits == [50] else 0)


def test_a_silent_server_is_asked_again(publish, server, monkeypatch):
    monkeypatch.setattr(_transport, "TIMEOUT", 0.1)
    publish("carinthia", BODY, faults=[stall()])
    assert get(publish) == BODY
    assert publish.waited == [1]


@pytest.mark.parametrize(
    ("fault", "requests", "message"),
    [
        (status(503), 6, "503 Service Unavailable \\(tried 6 times\\)"),
        (cut(0), 4, "tried 4 times.*Is there a network"),
        (status(404), 1, "the server answers 404 Not Found"),
        (status(403), 1, "403 Forbidden"),
        (status(401), 1, "401 Unauthorized"),
        (status(204), 1, "the server answers 204 instead of a file"),
        (status(302, location="/carinthia/data.zip"), 31, "Exceeded 30 redirects"),
        (status(302, location="ftp://127.0.0.1/"), 1, "cannot be made"),
    ],
)
def test_giving_up(publish, server, fault, requests, message):
    file = publish("carinthia", BODY, faults=[fault] * 99)
    with pytest.raises(MissingDataError, match=message) as caught:
        fetch("carinthia")
    assert len(server.requests) == requests
    for fact in (file.url, "300,000 bytes", file.sha256, file.md5, publish.path("carinthia")):
        assert str(fact) in str(caught.value)


def test_tries_are_counted_anew_when_the_file_grows(publish, server):
    body = random.Random(3).randbytes(9 << 20)
    publish("carinthia", body, faults=[cut(3 << 19)] * 5)
    assert get(publish) == body
    assert publish.waited == [1] * 5
    publish("carinthia_s", body, ranges=False, faults=[cut(3 << 20)] * 9)
    with pytest.raises(MissingDataError, match="tried 4 times"):  # it begins anew each time, and never ends
        fetch("carinthia_s")


def test_no_server(publish, monkeypatch, server):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        monkeypatch.setattr(server, "url", lambda path: f"http://127.0.0.1:{free.getsockname()[1]}{path}")
        publish("carinthia", BODY)
        with pytest.raises(
            MissingDataError, match=r"Connection refused.*\(tried 4 times\)\. Is there a network"
        ):
            fetch("carinthia")


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


@pytest.mark.parametrize("key", ["carinthia", "mixedwm38"])
@pytest.mark.parametrize("length", ["announced", "unknown"])
def test_more_bytes_than_the_file_has(publish, server, key, length):
    served = random.Random(4).randbytes(1_400_000)  # more than Kaggle's archive of it could have
    headers = {} if length == "announced" else {"Content-Length": None}
    publish(key, BODY, served=served, headers=headers)
    with pytest.raises(MismatchError, match=r"(announces 1,400,000 bytes|sends more than).* another version"):
        fetch(key)
    assert not publish.path(key).exists()
    assert not list(publish.path(key).parent.glob("*.part*"))


def test_a_squeezed_answer_is_a_whole_one(publish, server):
    # a server that squeezes although it is told not to announces the length of what it sends, not of the file
    import gzip

    publish("carinthia", BODY, served=gzip.compress(BODY), headers={"Content-Encoding": "gzip"}, ranges=False)
    assert get(publish) == BODY


def test_no_step_down_to_an_unencrypted_address(tmp_path):
    job = Job("a", "https://example.org/a", tmp_path / "a.part", 1, 1)
    answer = SimpleNamespace(status_code=200, headers={}, url="http://example.org/a?signature=secret")
    with (
        Part(job) as part,
        pytest.raises(TransportError, match=r"led on to http://example.org/a, which is not"),
    ):
        _transport._accept(job, part, answer)


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
def test_no_bar_where_there_shall_be_none(publish, capsys, progress):
    # TQDM_DISABLE=1 is set for all tests
    publish("carinthia", BODY, faults=[HALF])
    fetch("carinthia", progress=progress)
    assert capsys.readouterr() == ("", "")
