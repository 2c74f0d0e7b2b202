"""One file over HTTP: resumed where it broke off, asked for again where the server is busy."""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from semlib import __version__
from semlib._download.part import Job, Part, TooLongError, TransportError

TRIES_BUSY = 6  # in a row, waiting 1, 2, 4, 8, 16 seconds: a rate limit lasts about so long
TRIES_BROKEN = 4  # in a row, waiting 1, 2, 4 seconds: without a network that is long enough
LONGEST_WAIT = 120.0  # seconds; a server that asks for more is asked again nevertheless
TIMEOUT = (10.0, 60.0)  # seconds to connect, and between two pieces of the file
BUSY = (429, 500, 502, 503, 504)
CHUNK = 1 << 16  # bytes; a cut connection costs the piece that was under way
PROGRESS = 1 << 20  # bytes more than ever before: then the tries are counted anew

sleep = time.sleep  # tests put something quicker here


class _Retry(Exception):
    """It may go better next time. ``wait``: the seconds that the server asks for, if it does."""

    def __init__(self, reason: str, tries: int, wait: float | None = None) -> None:
        super().__init__(reason)
        self.tries, self.wait = tries, wait


def transfer(job: Job) -> bool:
    """Bring a file into ``job.part``, as the server has it; nothing is verified here.

    Returns
    -------
    bool
        Whether it was put together from several answers. Only then can another try from scratch help where
        the hash does not fit.

    Raises
    ------
    TransportError
        After all tries, or at once where another try is of no use (404, 403, a bad certificate, too long).
        What has arrived is kept for the next call.
    OSError
        If the disk is full. What has arrived is kept.
    """
    with Part(job) as part:
        failures, furthest = 0, part.position
        while True:
            try:
                _request(job, part)
                part.sync()
                return part.pieced
            except _Retry as retry:
                if part.position >= furthest + PROGRESS:
                    failures = 0
                furthest = max(furthest, part.position)
                failures += 1
                if failures >= retry.tries:
                    raise TransportError(f"{retry} (tried {failures} times)") from retry.__cause__
                wait = 2.0 ** (failures - 1) if retry.wait is None else retry.wait
                wait = min(wait, LONGEST_WAIT)
                part.bar.set_postfix_str(f"{retry}; again in {wait:.0f} s")
            sleep(wait)
            part.bar.set_postfix_str("")


def _request(job: Job, part: Part) -> None:
    """Ask for the rest of the file once."""
    import pooch
    import requests

    headers = {
        "User-Agent": f"semlib/{__version__} pooch/{pooch.__version__.lstrip('v')}",
        "Accept-Encoding": "identity",  # a range of squeezed bytes would be of no use
    }
    if part.position:
        headers["Range"] = f"bytes={part.position}-"
        if part.validator:
            headers["If-Range"] = part.validator

    def look(response, **kwargs):
        if response.ok and not response.is_redirect:
            _accept(job, part, response)

    part.expected = None
    get = pooch.HTTPDownloader(
        chunk_size=CHUNK, headers=headers, timeout=TIMEOUT, auth=job.auth or _nobody, hooks={"response": look}
    )
    try:
        get(job.url, part, None)
    except requests.HTTPError as error:
        _refused(part, error.response)
    except requests.exceptions.SSLError as error:
        raise TransportError(f"the server's certificate is not accepted: {_root(error)}") from error
    except (
        requests.ConnectionError,
        requests.Timeout,
        requests.exceptions.ChunkedEncodingError,
        requests.exceptions.ContentDecodingError,
    ) as error:
        raise _Retry(_broken(part) or _root(error), TRIES_BROKEN) from error
    except requests.RequestException as error:
        raise TransportError(f"the request cannot be made: {_root(error)}") from error
    if broken := _broken(part):
        raise _Retry(broken, TRIES_BROKEN)


def _broken(part: Part) -> str:
    """Say where an answer ended before its end; "" if it did not, or did not begin."""
    if part.expected is None or part.position >= part.expected:
        return ""
    return f"the connection ended after {part.position:,} of {part.expected:,} bytes"


def _accept(job: Job, part: Part, response) -> None:
    """Look at an answer's head before its bytes: is it the rest, the whole, or something else?"""
    status, headers = response.status_code, response.headers
    if job.url.startswith("https:") and not response.url.startswith("https:"):
        raise TransportError(f"it is led on to {response.url.partition('?')[0]}, which is not encrypted")
    if status == 206:
        start = re.match(r"bytes (\d+)-", headers.get("Content-Range", ""))
        if not part.position or not start or int(start[1]) != part.position or not part.is_of(headers):
            part.restart()
            raise _Retry("the server has another version now", TRIES_BROKEN, wait=0)
        part.pieced = True
    elif status == 200:
        part.begin(headers)
    else:
        raise TransportError(f"the server answers {status} instead of a file", status)
    length = headers.get("Content-Length", "")
    known = length.isdecimal() and "Content-Encoding" not in headers
    part.expected = part.position + int(length) if known else None
    if known and part.expected > job.limit:
        raise TooLongError(f"the server announces {part.expected:,} bytes; {job.name} has {job.size:,}")


def _refused(part: Part, response) -> None:
    """Raise for an answer that is an error: for another try, or for good."""
    status = response.status_code
    if status == 416:  # the bytes so far reach beyond the file
        part.restart()
        raise _Retry("the server has another version now", TRIES_BROKEN, wait=0)
    reason = f"the server answers {status} {response.reason or ''}".rstrip()
    if status in BUSY:
        raise _Retry(reason, TRIES_BUSY, _retry_after(response))
    raise TransportError(reason, status)


def _nobody(request):
    """Add no credentials, not even those that a .netrc has for the host."""
    return request


def _retry_after(response) -> float | None:
    """Return the seconds that a server asks to wait for; None if it does not say."""
    value = response.headers.get("Retry-After", "").strip()
    if value.isdecimal():
        return float(value)
    try:
        return max(0.0, (parsedate_to_datetime(value) - datetime.now(UTC)).total_seconds())
    except (TypeError, ValueError):
        return None


def _root(error: BaseException) -> str:
    """Return the innermost reason of a nested error, without a URL's query, which may hold a signature."""
    inner = error.args[0] if error.args else error
    text = str(getattr(inner, "reason", None) or inner)
    text = re.sub(r"^<[^>]+>: |^HTTPS?Connection(Pool)?\([^)]*\): ", "", text)
    return re.sub(r"\?[^\s'\")]+", "", text)
