"""Whether a zip archive's entries may be unpacked: judged from its directory, before anything is written."""

from __future__ import annotations

import re
import stat
import unicodedata
import zipfile
from collections.abc import Iterable

#: Larger files that were squeezed harder than this are refused. The data sets' own reach about 20.
MAX_RATIO = 200
_SMALL = 1 << 20  # bytes; below it the ratio says nothing

_RESERVED = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9¹²³])\s*(\..*)?", re.IGNORECASE)


def fault_of_name(name: str) -> str:
    """Say why a name cannot be trusted to stay within a folder on every system; "" if it can."""
    if not name.strip("/"):
        return "an empty name"
    if any(unicodedata.category(c) in ("Cc", "Cs") for c in name):
        return "a control character in its name"
    if "\\" in name:
        return "a backslash in its name"
    if name.startswith("/"):
        return "an absolute path"
    if re.match("[A-Za-z]:", name):
        return "a drive letter in its name"
    if found := re.search(r'[<>:"|?*]', name):
        return f"the character {found[0]} in its name, which Windows does not allow"
    if len(name.encode()) > 1000:
        return "a name of more than 1,000 bytes"
    for part in name.removesuffix("/").split("/"):
        if part == "..":
            return "a step out of its folder (..)"
        if part in ("", "."):
            return "an empty step in its path"
        if part[-1] in " .":
            return "a space or a dot at the end of a name"
        if _RESERVED.fullmatch(part):
            return f"{part}, a name that Windows reserves"
        if len(part.encode()) > 255:
            return "a name of more than 255 bytes"
    return ""


def fault_of_entry(info: zipfile.ZipInfo) -> str:
    """Say why one entry cannot be unpacked; "" if it can."""
    # orig_filename: zipfile cuts its own copy of the name at the first NUL
    if fault := fault_of_name(info.orig_filename):
        return fault
    if info.flag_bits & 0x41:
        return "encryption"
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        return f"the compression method {info.compress_type}; only stored (0) and deflated (8) are read"
    kind = stat.S_IFMT(info.external_attr >> 16)
    if kind == stat.S_IFLNK:
        return "a symbolic link"
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        return "a special file (device, pipe or socket)"
    if (kind == stat.S_IFDIR and not info.is_dir()) or (
        info.is_dir() and (info.file_size or kind == stat.S_IFREG)
    ):
        return "an entry that is both a folder and a file"
    if info.file_size > _SMALL and info.file_size > MAX_RATIO * info.compress_size:
        return f"a compression of more than {MAX_RATIO} to 1 (a zip bomb?)"
    return ""


def fault_of_all(infos: Iterable[zipfile.ZipInfo]) -> str:
    """Say which two entries would fall on the same file, on a file system that is not ours perhaps."""
    seen: dict[str, tuple[str, bool]] = {}  # folded path: (as written, is a folder)
    entries = set()
    for info in infos:
        path = info.orig_filename.removesuffix("/")
        if path in entries:
            return f"{path!r} twice"
        entries.add(path)
        parts = path.split("/")
        for n in range(1, len(parts) + 1):
            part, is_folder = "/".join(parts[:n]), n < len(parts) or info.is_dir()
            folded = unicodedata.normalize("NFC", part.casefold())
            other, other_is_folder = seen.setdefault(folded, (part, is_folder))
            if other != part:
                return f"{other!r} and {part!r}, which are one name on some systems"
            if other_is_folder != is_folder:
                return f"{part!r} as a file and as a folder"
    return ""
