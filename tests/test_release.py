"""A release is the book's bytes, what made them, and sums over both; twice the same."""

import hashlib
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tools"))
import release

FILES = {
    "pyproject.toml": '[project]\nversion = "1.2.0"\n[project.urls]\n'
    'Repository = "https://github.com/me/wafers"\nDocumentation = "https://me.github.io/wafers/"\n',
    "constraints.txt": "numpy==2.4.6\ntorch==2.13.0\n",
    "results/claims.json": '{"a": ["holds"], "b": ["cannot be tested", "holds"], "c": ["not shown"]}\n',
    "notebooks/01_data.ipynb": "{}\n",
    "_build/html/index.html": "<p>home</p>\n",
    "_build/html/book/page.html": "<p>page</p>\n",
    "_build/html/.buildinfo": "config: 1\n",
    ".gitignore": "_build/\n",
}


@pytest.fixture
def root(tmp_path):
    """A small project with a rendered book, committed at a known time."""
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    when = {"GIT_COMMITTER_DATE": "2026-12-01T10:20:30+0000", "GIT_AUTHOR_DATE": "2026-12-01T10:20:30+0000"}
    for words in (
        ["init", "-q"],
        ["add", "-A"],
        ["-c", "user.name=t", "-c", "user.email=t@example.org", "commit", "-qm", "x"],
    ):
        subprocess.run(["git", *words], cwd=tmp_path, check=True, env={**os.environ, **when})
    return tmp_path


def pack(root):
    return release.pack(root, root / "_build" / "html", root / "_build" / "release")


def test_the_zip_holds_the_book_under_one_folder(root):
    with zipfile.ZipFile(pack(root)[0]) as archive:
        assert archive.namelist() == ["wafers-1.2.0-html/book/page.html", "wafers-1.2.0-html/index.html"]
        assert archive.read("wafers-1.2.0-html/index.html") == b"<p>home</p>\n"
        for info in archive.infolist():
            assert info.date_time == (2026, 12, 1, 10, 20, 30)
            assert info.external_attr >> 16 == 0o644


def test_the_manifest_says_what_made_it(root):
    book, manifest, _ = pack(root)
    content = json.loads(manifest.read_text())
    assert (content["version"], content["tag"], content["date"]) == ("1.2.0", "v1.2.0", "2026-12-01")
    assert content["commit"] == release.git(root, "rev-parse", "HEAD")
    assert content["uncommitted"] is False
    assert content["pins"] == {"numpy": "2.4.6", "torch": "2.13.0"}
    assert content["verdicts"] == {"holds": 2, "not shown": 1}
    assert content["files"] == {book.name: hashlib.sha256(book.read_bytes()).hexdigest()}
    assert content["results and notebooks"] == {
        name: hashlib.sha256(FILES[name].encode()).hexdigest()
        for name in ("results/claims.json", "notebooks/01_data.ipynb")
    }


def test_the_sums_are_those_that_sha256sum_checks(root):
    book, manifest, sums = pack(root)
    lines = dict(reversed(line.split("  ")) for line in sums.read_text().splitlines())
    assert lines == {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in (book, manifest)}


def test_the_printed_book_goes_with_it_where_there_is_one(root):
    (root / "_build" / "book.pdf").write_bytes(b"%PDF")
    book, printed, manifest, sums = pack(root)
    assert printed.name == "wafers-1.2.0.pdf"
    assert set(json.loads(manifest.read_text())["files"]) == {book.name, printed.name}
    assert f"{hashlib.sha256(b'%PDF').hexdigest()}  wafers-1.2.0.pdf" in sums.read_text().splitlines()
    (root / "_build" / "book.pdf").unlink()
    assert len(pack(root)) == 3
    assert not printed.exists()


def test_the_same_book_gives_the_same_bytes(root):
    before = [path.read_bytes() for path in pack(root)]
    (root / "_build" / "release" / "wafers-1.1.0-html.zip").write_bytes(b"of an earlier run")
    for path in sorted((root / "_build" / "html").rglob("*"), reverse=True):
        os.utime(path, (0, 0))
        path.chmod(0o700)
    files = pack(root)
    assert [path.read_bytes() for path in files] == before
    assert sorted((root / "_build" / "release").iterdir()) == sorted(files)


def test_a_change_that_is_not_committed_is_told(root):
    (root / "constraints.txt").write_text("numpy==2.5.0\n")
    assert json.loads(pack(root)[1].read_text())["uncommitted"] is True


def test_without_a_rendered_book_there_is_nothing_to_pack(root):
    (root / "_build" / "html" / "index.html").unlink()
    with pytest.raises(SystemExit, match="holds no rendered book; run `make html`"):
        pack(root)
