from __future__ import annotations

import errno
import io
import ntpath
import posixpath
import random
import stat
import struct
import zipfile
from collections import namedtuple
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from loopback import zipped

from semlib import unpack as module
from semlib._download import disk as _files
from semlib._download.entries import fault_of_name
from semlib.unpack import ArchiveError, unpack

LIMITS = {"max_bytes": 10**8, "max_files": 1000}
NOISE = random.Random(0).randbytes(3 << 20)  # cannot be compressed, and takes several reads


def entry(name: str, content: bytes = b"1", **fields) -> tuple[zipfile.ZipInfo, bytes]:
    info = zipfile.ZipInfo(name)
    info.compress_type = zipfile.ZIP_DEFLATED
    for field, value in fields.items():
        setattr(info, field, value)
    return info, content


@pytest.mark.filterwarnings("ignore:Duplicate name")
def built(*entries: tuple[zipfile.ZipInfo, bytes] | str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for info, content in (entry(e) if isinstance(e, str) else e for e in entries):
            archive.writestr(info, content)
    return buffer.getvalue()


def patched(body: bytes, **fields: int) -> bytes:
    """Change fields of an archive's only entry in its directory; in its own head they stay true."""
    where = body.index(b"PK\x01\x02")
    for field, value in fields.items():
        offset, code = {"flags": (8, "<H"), "method": (10, "<H"), "crc": (16, "<I"), "size": (24, "<I")}[
            field
        ]
        start = where + offset
        body = body[:start] + struct.pack(code, value) + body[start + struct.calcsize(code) :]
    return body


@pytest.fixture
def place(tmp_path):
    """A folder with an archive in it; whatever else is there afterwards was written by the archive."""

    def put(body: bytes) -> Path:
        path = tmp_path / "deep" / "er" / "a.zip"
        path.parent.mkdir(parents=True)
        path.write_bytes(body)
        return path

    put.files = lambda: sorted(p.relative_to(tmp_path).as_posix() for p in tmp_path.rglob("*") if p.is_file())
    return put


FILES = {"data/a.csv": b"x;y\n1;2\n", "data/images/0.jpg": NOISE, "data/images/1.jpg": b"", "ä/ß.txt": b"1"}


@pytest.mark.parametrize("compression", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
@pytest.mark.parametrize("exists", [True, False])
def test_every_file_comes_out_as_it_was(place, tmp_path, compression, exists):
    folder = tmp_path / "out" / "inner"
    if exists:
        folder.mkdir(parents=True)
    archive = place(zipped({"data/": b"", **FILES}, compression))
    assert unpack(archive, folder, **LIMITS) == [folder / name for name in FILES]
    assert {
        p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()
    } == FILES


def test_only_members(place, tmp_path):
    archive = place(built("../bad", "in/good", "also"))
    assert unpack(archive, tmp_path / "out", members=["in/good"], **LIMITS) == [tmp_path / "out/in/good"]
    assert place.files() == ["deep/er/a.zip", "out/in/good"]
    with pytest.raises(ArchiveError, match="no entry 'absent'"):
        unpack(archive, tmp_path / "out2", members=["in/good", "absent"], **LIMITS)
    with pytest.raises(ArchiveError, match=r"out of its folder \(\.\.\)"):
        unpack(archive, tmp_path / "out2", members=["../bad"], **LIMITS)


UNIX = 3
HOSTILE = {
    "up": (built("ok", "../evil"), r"'\.\./evil' has a step out of its folder"),
    "up, inside": (built("ok", "a/../../../evil"), "a step out of its folder"),
    "absolute": (built("ok", "/tmp/evil"), "an absolute path"),
    "drive": (built("ok", "C:/evil"), "a drive letter"),
    "drive, relative": (built("ok", "c:evil"), "a drive letter"),
    "backslash": (built("ok", "..\\evil"), "a backslash"),
    "NUL": (built("ok", "e#vil").replace(b"e#vil", b"e\0vil"), "a control character"),
    "newline": (built("ok", "e\nvil"), "a control character"),
    "stream": (built("ok", "a.txt:evil"), "the character :"),
    "reserved": (built("ok", "x/Con.txt"), r"Con\.txt, a name that Windows reserves"),
    "reserved, superscript": (built("ok", "com¹"), "a name that Windows reserves"),
    "trailing dot": (built("ok", "evil./a"), "a space or a dot at the end"),
    "dot": (built("ok", "./evil"), "an empty step"),
    "double slash": (built("ok", "a//evil"), "an empty step"),
    "long": (built("ok", "e" * 256), "a name of more than 255 bytes"),
    "link": (
        built("ok", entry("l", b"/etc", create_system=UNIX, external_attr=0o120777 << 16)),
        "a symbolic",
    ),
    "link, said to be from DOS": (
        built(entry("l", b"..", create_system=0, external_attr=0o120777 << 16)),
        "a symb",
    ),
    "device": (built("ok", entry("d", external_attr=(stat.S_IFBLK | 0o666) << 16)), "a special file"),
    "pipe": (built("ok", entry("d", external_attr=(stat.S_IFIFO | 0o666) << 16)), "a special file"),
    "folder with content": (built("ok", entry("d/", b"evil")), "both a folder and a file"),
    "folder that is none": (built("ok", entry("d", b"", external_attr=0o40755 << 16)), "both a folder and"),
    "encrypted": (patched(built("evil"), flags=1), "'evil' has encryption"),
    "method": (patched(built("evil"), method=12), "the compression method 12"),
    "case": (built("data/Evil", "data/evil"), "'data/Evil' and 'data/evil', which are one name"),
    "case of folders": (built("Data/a", "data/b"), "'Data' and 'data', which are one name"),
    "sharp s": (built("straße", "STRASSE"), "which are one name"),
    "accents": (built("caf\u00e9", "cafe\u0301"), "which are one name"),
    "file, then folder": (built("a", "a/b"), "'a' as a file and as a folder"),
    "folder, then file": (built("a/b/c", "a/b"), "'a/b' as a file and as a folder"),
    "bomb": (built("ok", entry("evil", bytes(2 << 20))), "compression of more than 200 to 1"),
    "states more": (patched(built(entry("evil", NOISE)), size=len(NOISE) + 1), r"not of the 3,145,729 bytes"),
    "states less": (patched(built(entry("evil", NOISE)), size=10), r"damaged|not of the 10 bytes"),
    "other bytes": (patched(built(entry("evil", NOISE)), crc=1), "damaged .*CRC"),
    "damaged": (built(entry("evil", NOISE)).replace(NOISE[9000:9009], b"123456789"), "damaged .*CRC"),
    "not a zip": (b"Rar!\x1a\x07\x01", "damaged or no zip archive"),
    "a page": (b"\n<!DOCTYPE html><title>Sign in", "a web page, not the file"),
    "nothing": (b"", "it is empty"),
    "truncated": (built(entry("ok", NOISE))[:-30], "its end is missing: it is truncated"),
    "truncated inside": (built(entry("ok", NOISE), "b")[:1000], "it is truncated"),
}


@pytest.mark.parametrize("exists", [True, False])
@pytest.mark.parametrize("case", HOSTILE)
def test_a_hostile_archive_writes_nothing(place, tmp_path, case, exists):
    body, message = HOSTILE[case]
    folder = tmp_path / "out"
    if exists:
        folder.mkdir()
    archive = place(body)
    with pytest.raises(ArchiveError, match=message) as caught:
        unpack(archive, folder, **LIMITS)
    assert str(archive) in str(caught.value)
    assert place.files() == ["deep/er/a.zip"]
    assert folder.exists() == exists


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_name_twice_is_refused(place, tmp_path):
    with pytest.raises(ArchiveError, match="holds 'a' twice"):
        unpack(place(built("a", "b", "a")), tmp_path / "out", **LIMITS)


def test_a_size_that_the_directory_understates_is_found_out_even_with_a_fitting_crc(place, tmp_path):
    # the CRC of the first 10 or 11 bytes: the archive that a reader which stops at the stated size accepts
    for n in (10, 11):
        body = patched(built(entry("evil", NOISE)), size=10, crc=zipfile.crc32(NOISE[:n]))
        archive = tmp_path / f"{n}.zip"
        archive.write_bytes(body)
        with pytest.raises(ArchiveError, match=r"damaged|not of the 10 bytes"):
            unpack(archive, tmp_path / "out", **LIMITS)
    assert not (tmp_path / "out").exists()


def test_entries_that_share_their_bytes_are_a_bomb(place, tmp_path):
    # 300 entries in the directory, the data of one: none is squeezed, and yet 30 MB come out of 115 kB
    one = built(entry("000", NOISE[:100_000], compress_type=zipfile.ZIP_STORED))
    start, end = one.index(b"PK\x01\x02"), one.index(b"PK\x05\x06")
    many = b"".join(one[start:end].replace(b"000", b"%03d" % i) for i in range(300))
    tail = struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, 300, 300, len(many), start, 0)
    with pytest.raises(ArchiveError, match="its entries overlap, or it is a zip bomb"):
        unpack(place(one[:start] + many + tail), tmp_path / "out", **LIMITS)
    assert place.files() == ["deep/er/a.zip"]


@pytest.mark.parametrize(
    ("limit", "message"),
    [({"max_files": 2}, "holds 3 entries; at most 2"), ({"max_bytes": 2}, "to 3 bytes; at most 2 are")],
)
def test_limits(place, tmp_path, limit, message):
    archive = place(built("a", "b", "c"))
    with pytest.raises(ArchiveError, match=message):
        unpack(archive, tmp_path / "out", **LIMITS | limit)
    assert place.files() == ["deep/er/a.zip"]
    unpack(archive, tmp_path / "out", max_files=3, max_bytes=3)


@pytest.mark.parametrize("what", ["file", "full"])
def test_the_folder_must_be_empty(place, tmp_path, what):
    folder = tmp_path / "out"
    if what == "file":
        folder.write_text("mine")
    else:
        folder.mkdir()
        (folder / "mine").write_text("mine")
    before = place.files()
    with pytest.raises(FileExistsError, match="out is not an empty folder"):
        unpack(place(built("a")), folder, **LIMITS)
    assert place.files() == ["deep/er/a.zip", *before]


def test_a_full_disk_is_seen_before_and_while_writing(place, tmp_path, monkeypatch):
    archive = place(built(entry("a", NOISE)))
    usage = namedtuple("usage", "free")
    monkeypatch.setattr(_files.shutil, "disk_usage", lambda folder: usage(7))
    with pytest.raises(
        OSError, match=r"needs 3,145,728 more bytes, and the disk of .*out has 7 free"
    ) as caught:
        unpack(archive, tmp_path / "out", **LIMITS)
    assert caught.value.errno == errno.ENOSPC
    monkeypatch.setattr(_files.shutil, "disk_usage", lambda folder: usage(10**9))

    def full(*args, **kwargs):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(module, "open", full, raising=False)
    with pytest.raises(OSError, match=r"a\.zip needs .* Make room, or set SEMLIB_DATA"):
        unpack(archive, tmp_path / "out", **LIMITS)
    assert place.files() == ["deep/er/a.zip"]


def test_an_interruption_leaves_nothing(place, tmp_path, monkeypatch):
    def interrupted(*args):
        assert (tmp_path / "out/first").exists()
        raise KeyboardInterrupt

    monkeypatch.setattr(module.tqdm, "update", interrupted)
    with pytest.raises(KeyboardInterrupt):
        unpack(place(built("first", "second")), tmp_path / "out", **LIMITS)
    assert place.files() == ["deep/er/a.zip"]


@given(st.text(st.sampled_from("ab./\\: \0ÄC\u0301") | st.characters(), max_size=12))
def test_a_name_without_fault_stays_in_its_folder_on_every_system(name):
    if fault_of_name(name):
        return
    for path in (posixpath, ntpath):
        joined = path.normpath(path.join(path.sep + "root", name))
        assert joined.startswith(path.sep + "root" + path.sep)
        assert not path.isabs(name)
        assert not path.splitdrive(name)[0]
    assert "\0" not in name


def test_a_directory_that_points_outside_of_the_archive(tmp_path, monkeypatch):
    """zipfile jumps to before the archive's begin; the same error of the disk written to stays itself."""
    body = bytearray(zipped({"data/0.jpg": b"1" * 300}))
    end = body.rindex(b"PK\x05\x06")
    body[end + 16 : end + 20] = (2**31).to_bytes(4, "little")  # where the directory is said to begin
    archive = tmp_path / "a.zip"
    archive.write_bytes(body)
    with pytest.raises(ArchiveError, match=r"a\.zip cannot be unpacked: .* points outside of it.* Get the"):
        unpack(archive, tmp_path / "new", max_bytes=1000, max_files=9)
    assert not (tmp_path / "new").exists()
    archive.write_bytes(zipped({"data/0.jpg": b"1" * 300}))
    for code in (errno.EINVAL, errno.EACCES):
        fails = lambda *a, code=code, **k: (_ for _ in ()).throw(OSError(code, "of the target"))  # noqa: E731
        monkeypatch.setattr("semlib.unpack.open", fails, raising=False)
        with pytest.raises(OSError, match="of the target") as caught:
            unpack(archive, tmp_path / "new", max_bytes=1000, max_files=9)
        assert caught.value.errno == code
