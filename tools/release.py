"""Check that the project can be released, and pack the release.

    python tools/release.py check    is there a home, a date, and one address and version everywhere?
    python tools/release.py pack     the rendered book as a zip, a manifest and checksums, in _build/release

The same commit and the same rendered book give the same bytes.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import platform
import re
import subprocess
import sys
import zipfile
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import address
import set_repo

ROOT = Path(__file__).resolve().parents[1]
_OWNED = r"(?:github\.com|githubusercontent\.com)[/:](?P<owner>[\w.-]+)/(?P<name>[\w-]+)"
_PAGES = r"https?://(?P<owner>[\w-]+)\.github\.io/(?P<name>[\w-]+)"


def problems(root: Path) -> list[str]:
    """Return what stands in the way of a release, a line each."""
    home = address.read(root)
    found = []
    if address.PLACEHOLDER in f"{home.repository} {home.book}":
        found.append(
            f"pyproject.toml: the home is still the placeholder {address.PLACEHOLDER}; "
            "run `make repo NAME=owner/name`, with BOOK=https://… if the book stands elsewhere"
        )
    for path, text in set_repo.changes(root, home, home).items():
        name, line = path.relative_to(root).as_posix(), _first_difference(path, text)
        found.append(f"{name}: {line} is not what pyproject.toml's address and version make; run `make repo`")
    found += _elsewhere(root, home)
    found += _dates(root, home.version)
    if git(root, "status", "--porcelain"):
        found.append("there are changes that are not committed; a release is made from a commit")
    return found


def _first_difference(path: Path, text: str) -> str:
    have, want = path.read_text(encoding="utf8").splitlines(), text.splitlines()
    pairs = zip(have, [*want, *have], strict=False)
    changed = (line.strip() for line, new in pairs if line != new and '"id"' not in line)
    return repr(next(changed, "its end"))[:160]


def _elsewhere(root: Path, home: address.Address) -> list[str]:
    """Return the files that name another home for this project: another owner, or the placeholder."""
    owner, name = home.repository.lower().split("/")
    found = []
    for path in _texts(root):
        text = path.read_text(encoding="utf8", errors="ignore")
        for match in (*re.finditer(_OWNED, text), *re.finditer(_PAGES, text)):
            of, what = match["owner"].lower(), match["name"].lower().removesuffix(".git")
            ours = (of, what) == (owner, name) or home.book.startswith(match[0])
            if not ours and (what in (name, "semlib") or match["owner"] == address.PLACEHOLDER):
                found.append(f"{path.relative_to(root)}: names another home, {match[0]}")
    return list(dict.fromkeys(found))


def _texts(root: Path) -> list[Path]:
    """Return the committed files of text; those of the tests invent addresses."""
    kept = git(root, "ls-files", "-z").split("\0")
    ends = {".md", ".py", ".ipynb", ".toml", ".yml", ".yaml", ".cff", ".txt", ".json", ".cfg", ""}
    paths = [root / name for name in kept if name and not name.startswith("tests/")]
    return [path for path in paths if path.suffix in ends and path.is_file()]


def _dates(root: Path, version: str) -> list[str]:
    changelog = (root / "CHANGELOG.md").read_text(encoding="utf8")
    newest = next(iter(re.findall(r"^## (.+)$", changelog, flags=re.M)), "nothing")
    dated = re.fullmatch(rf"{re.escape(version)} \((\d{{4}}-\d\d-\d\d)\)", newest)
    if not dated:
        return [f"CHANGELOG.md: its first heading is {newest!r}, not '{version} (YYYY-MM-DD)'"]
    cited = re.search(r"^date-released: (\S+)$", (root / "CITATION.cff").read_text(encoding="utf8"), re.M)
    if not cited or cited[1] != dated[1]:
        return [f"CITATION.cff: date-released is not {dated[1]}, the changelog's date of {version}"]
    return []


def git(root: Path, *words: str) -> str:
    """Return what git says."""
    done = subprocess.run(["git", *words], cwd=root, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def pack(root: Path, html: Path, out: Path) -> list[Path]:
    """Write the release's files.

    Parameters
    ----------
    root, html, out : Path
        The repository, its rendered book, and the folder for the files; what an earlier run left is removed.

    Returns
    -------
    list of Path
        The zip of the book, the PDF where `book.pdf` lies beside the rendered book, ``manifest.json``, and
        ``SHA256SUMS`` over all.
    """
    if not (html / "index.html").exists():
        raise SystemExit(f"{html} holds no rendered book; run `make html`")
    home, seconds = address.read(root), int(git(root, "log", "-1", "--format=%ct"))
    out.mkdir(parents=True, exist_ok=True)
    for old in [*out.glob("*.zip"), *out.glob("*.pdf"), *out.glob("*.json"), *out.glob("SHA256SUMS")]:
        old.unlink()
    book = out / f"{root_name(home)}-html.zip"
    _zip(html, book, datetime.fromtimestamp(seconds, UTC))
    books = [book]
    if (printed := html.parent / "book.pdf").exists():
        books.append(out / f"{root_name(home)}.pdf")
        books[-1].write_bytes(printed.read_bytes())
    manifest = out / "manifest.json"
    files = {path.name: _sha256(path) for path in books}
    content = {**_manifest(root, home, seconds), "files": files}
    manifest.write_text(json.dumps(content, indent=1, sort_keys=True) + "\n", encoding="utf8")
    sums = out / "SHA256SUMS"
    sums.write_text("".join(f"{_sha256(path)}  {path.name}\n" for path in (*books, manifest)))
    return [*books, manifest, sums]


def root_name(home: address.Address) -> str:
    """Return the name of the release's files and of the folder in the zip."""
    return f"{home.repository.split('/')[1]}-{home.version}"


def _zip(folder: Path, target: Path, made: datetime) -> None:
    """Pack a folder; the order, the dates and the rights do not depend on the machine."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for path in sorted(folder.rglob("*"), key=lambda path: path.relative_to(folder).as_posix()):
            if not path.is_file() or path.name == ".buildinfo":
                continue
            name = f"{target.name.removesuffix('.zip')}/{path.relative_to(folder).as_posix()}"
            info = zipfile.ZipInfo(name, made.timetuple()[:6])
            info.compress_type, info.create_system, info.external_attr = zipfile.ZIP_DEFLATED, 3, 0o644 << 16
            archive.writestr(info, path.read_bytes())


def _manifest(root: Path, home: address.Address, seconds: int) -> dict:
    pins = (root / "constraints.txt").read_text(encoding="utf8").split()
    ledger = root / "results" / "claims.json"
    verdicts = json.loads(ledger.read_text(encoding="utf8")) if ledger.exists() else {}
    kept = sorted((root / "results").glob("*")) + sorted((root / "notebooks").glob("*.ipynb"))
    return {
        "version": home.version,
        "tag": home.tag,
        "repository": home.url,
        "book": home.book,
        "commit": git(root, "rev-parse", "HEAD"),
        "date": datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d"),
        "uncommitted": bool(git(root, "status", "--porcelain")),
        "python": platform.python_version(),
        "pins": dict(pin.split("==") for pin in pins),
        "verdicts": dict(Counter(history[-1] for history in verdicts.values())),
        "results and notebooks": {path.relative_to(root).as_posix(): _sha256(path) for path in kept},
    }


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("command", choices=["check", "pack"])
    if parser.parse_args().command == "check":
        found = problems(ROOT)
        print("\n".join(found), file=sys.stderr) if found else print("ready for a release")
        return bool(found)
    for path in pack(ROOT, ROOT / "_build" / "html", ROOT / "_build" / "release"):
        print(f"{path.relative_to(ROOT)}: {path.stat().st_size / 1e6:.1f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
