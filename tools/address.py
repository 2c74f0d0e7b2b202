"""Where the project lives, and every place that says so.

``pyproject.toml`` alone is edited: ``[project.urls]`` holds the repository and the book's address, and the
version's tag is ``v`` and the version. All other places are made from it by ``tools/set_repo.py``.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

#: The owner's name while there is none.
PLACEHOLDER = "OWNER"
#: Notebooks that show records of the repository, and so cannot run alone on Colab.
NEEDS_CLONE = ("13_paper_scale", "31_real_data", "32_speed")
#: Files that hold an address, besides the notebooks.
FILES = ("pyproject.toml", "_config.yml", "CITATION.cff", "semlib/__init__.py", "*.md", "book/*.md")

_NAME = r"[\w.-]+/[\w.-]+"
_COLAB = "https://colab.research.google.com/github/"
_BINDER = "https://mybinder.org/v2/gh/"
_BADGE = re.compile(rf"\[!\[Open in Colab\]\([^)]*\)\]\({re.escape(_COLAB)}[^)]*\)")


@dataclass(frozen=True)
class Address:
    """Where the project lives.

    Attributes
    ----------
    repository : str
        ``owner/name`` on GitHub.
    book : str
        Where the rendered book stands, with a slash at its end.
    version : str
        ``1.2.3``; its tag is ``v1.2.3``.
    """

    repository: str
    book: str
    version: str

    def __post_init__(self) -> None:
        for what, value, form, like in (
            ("repository", self.repository, _NAME, "owner/name"),
            ("book", self.book, r"https?://[^\s\"'()<>]+/", "https://owner.github.io/name/"),
            ("version", self.version, r"\d+\.\d+\.\d+((a|b|rc)\d+)?", "1.2.3, and its tag v1.2.3"),
        ):
            if not re.fullmatch(form, value):
                raise ValueError(f"{what}={value!r} must be of the form {like}")

    @property
    def tag(self) -> str:
        return f"v{self.version}"

    @property
    def url(self) -> str:
        return f"https://github.com/{self.repository}"

    def colab(self, notebook: str) -> str:
        """Return the address that opens a notebook on Colab, at the tag."""
        return f"{_COLAB}{self.repository}/blob/{self.tag}/notebooks/{notebook}.ipynb"

    def badge(self, notebook: str) -> str:
        """Return the line below a notebook's title."""
        return f"[![Open in Colab](../book/images/colab.svg)]({self.colab(notebook)})"


def default_book(repository: str) -> str:
    """Return where GitHub Pages puts a repository's book."""
    owner, name = repository.split("/")
    return f"https://{owner}.github.io/{name}/"


def read(root: Path) -> Address:
    """Return the address that pyproject.toml states."""
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf8"))["project"]
    repository = project["urls"]["Repository"].removeprefix("https://github.com/")
    return Address(repository, project["urls"]["Documentation"], project["version"])


def rewritten(name: str, text: str, old: Address, new: Address) -> str:
    """Return a file's text with every address in it replaced.

    Parameters
    ----------
    name : str
        The file's path from the root: some lines are known by their place.
    text : str
        Its text; of a stored notebook, the text of one cell.
    old, new : Address
        What stood before, and what is to stand.
    """
    for line, value in _lines(new).get(name, {}).items():
        text = re.sub(rf"^({line}).*$", lambda match, v=value: match[1] + v, text, count=1, flags=re.M)
    text = re.sub(
        rf"{re.escape(_COLAB)}{_NAME}/blob/[^/\s]+/", f"{_COLAB}{new.repository}/blob/{new.tag}/", text
    )
    text = re.sub(rf"{re.escape(_BINDER)}{_NAME}/[^?/\s)]+", f"{_BINDER}{new.repository}/{new.tag}", text)
    text = re.sub(rf"(git\+https://github\.com/){_NAME}@[^\"\s]+", rf"\g<1>{new.repository}@{new.tag}", text)
    text = re.sub(rf"(github\.com/){re.escape(old.repository)}(?![\w-])", rf"\g<1>{new.repository}", text)
    return text.replace(old.book, new.book)


def _lines(new: Address) -> dict[str, dict[str, str]]:
    """Return how a line begins in each file whose lines have fixed places, and how it goes on."""
    return {
        "pyproject.toml": {
            "version = ": f'"{new.version}"',
            "Repository = ": f'"{new.url}"',
            "Documentation = ": f'"{new.book}"',
        },
        "semlib/__init__.py": {"__version__ = ": f'"{new.version}"'},
        "_config.yml": {"  url: ": new.url, "  branch: ": new.tag},
        "CITATION.cff": {"version: ": new.version, "repository-code: ": new.url, "url: ": new.book},
    }


def with_badge(stem: str, source: str, new: Address, comment: str = "") -> str:
    """Return a notebook's first cell with the badge below its title, or without one.

    Parameters
    ----------
    stem : str
        The notebook's name; those of `NEEDS_CLONE` get no badge.
    source : str
        The text that begins with the title: a cell, or a whole .py notebook with its comment signs.
    new : Address
        Where the badge leads.
    comment : str
        What begins each line: ``"# "`` in a .py notebook.
    """
    blank = comment.rstrip()
    source = re.sub(rf"^{comment}{_BADGE.pattern}\n(?:{blank}\n)?", "", source, count=1, flags=re.M)
    if stem in NEEDS_CLONE:
        return source
    title = re.search(rf"^{comment}# .+$", source, flags=re.M)
    if not title:
        raise ValueError(f"notebooks/{stem}: its first cell must have a title, '# …'")
    return f"{source[: title.end()]}\n{blank}\n{comment}{new.badge(stem)}{source[title.end() :]}"
