"""Unpack a zip archive that nobody vouches for: every entry is checked before anything is written."""

from __future__ import annotations

import os
from collections.abc import Collection
from pathlib import Path


def unpack(
    archive: str | os.PathLike,
    folder: str | os.PathLike,
    *,
    max_bytes: int,
    max_files: int,
    members: Collection[str] | None = None,
    progress: bool = False,
) -> list[Path]:
    """Unpack a zip archive into a folder (to come)."""
    raise NotImplementedError
