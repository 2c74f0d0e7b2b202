"""A person's Kaggle credentials, as Kaggle's own tools find them. They are never printed."""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

HOW_TO = (
    "sign in at https://www.kaggle.com/settings, choose 'Create New Token', and set KAGGLE_API_TOKEN, or "
    "KAGGLE_USERNAME and KAGGLE_KEY, or save kaggle.json in ~/.kaggle"
)


def _header() -> str | None:
    """Return the value of the header Authorization; None where there are no credentials."""
    if token := os.environ.get("KAGGLE_API_TOKEN", "").strip():
        return f"Bearer {token}"
    user, key = os.environ.get("KAGGLE_USERNAME"), os.environ.get("KAGGLE_KEY")
    if not (user and key):
        user, key = _from_file()
    if not (user and key):
        return None
    return "Basic " + base64.b64encode(f"{user}:{key}".encode()).decode()


def _from_file() -> tuple[str | None, str | None]:
    folder = Path(os.environ.get("KAGGLE_CONFIG_DIR") or Path.home() / ".kaggle")
    path = folder / "kaggle.json"
    try:
        stored = json.loads(path.read_text())
        return stored["username"], stored["key"]
    except FileNotFoundError:
        return None, None
    except (OSError, ValueError, TypeError, KeyError):
        # "from None": a parser's message may quote what is in the file
        raise ValueError(f"{path} is not a Kaggle token; {HOW_TO}") from None


def has_credentials() -> bool:
    """Tell whether there are credentials."""
    return _header() is not None


def auth(url: str) -> Callable | None:
    """Return what adds the credentials to a request, for requests' ``auth``; None where there are none.

    requests takes them out again where a redirect leads to another host, port or scheme.
    """
    header = _header()
    if header is None:
        return None
    parts = urlsplit(url)
    if parts.scheme != "https" and parts.hostname != "127.0.0.1":
        raise ValueError(f"Kaggle credentials are not sent over {parts.scheme}: {url}")

    def add(request):
        request.headers["Authorization"] = header
        return request

    return add
