from __future__ import annotations

import random
import socket
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from types import SimpleNamespace

import pooch
import pytest
import requests
from loopback import cut, stall, status
from pieces import BODY, HALF, PIECE, get

from semlib._download import transport as _transport
from semlib._download.part import Job, Part, TransportError
from semlib.download import MismatchError, MissingDataError, fetch


@pytest.mark.parametrize(
    ("faults", "waits"),
    [
        ([], []),
        ([status(429, retry_after="7")], [7]),
        ([status(429, retry_after="86400")], [120]),
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
    assert publish.waited == waits


def test_the_time_to_wait_may_be_a_date(publish):
    later = format_datetime(datetime.now(UTC) + timedelta(seconds=50), usegmt=True)
    publish("carinthia", BODY, faults=[status(503, retry_after=later)])
    assert get(publish) == BODY
    assert publish.waited == [pytest.approx(50, abs=10)]


def test_a_silent_server_is_asked_again(publish, server, monkeypatch):
    monkeypatch.setattr(_transport, "TIMEOUT", 1)
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
    assert [p.name for p in publish.path("carinthia").parent.iterdir()] == ["carinthia.lock"]


@pytest.mark.parametrize("key", ["carinthia", "mixedwm38"])
@pytest.mark.parametrize("length", ["announced", "unknown"])
def test_more_bytes_than_the_file_has(publish, server, key, length):
    served = random.Random(4).randbytes(1_400_000)  # more than Kaggle's archive of it could have
    headers = {} if length == "announced" else {"Content-Length": None}
    publish(key, BODY, served=served, headers=headers)
    message = "announces 1,400,000 bytes" if length == "announced" else "sends more than the 300,000 bytes"
    with pytest.raises(MismatchError, match=f"{message}.* another version"):
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


def test_an_answer_that_is_too_short_is_noticed_without_the_library(publish, server, monkeypatch):
    # urllib3 1 does not compare what came with what was announced
    plain = pooch.HTTPDownloader.__call__

    def careless(self, *args):
        with suppress(requests.exceptions.ChunkedEncodingError):
            plain(self, *args)

    monkeypatch.setattr(pooch.HTTPDownloader, "__call__", careless)
    publish("mixedwm38", BODY, faults=[HALF])
    assert get(publish, "mixedwm38") == BODY
    assert publish.waited == [1]
