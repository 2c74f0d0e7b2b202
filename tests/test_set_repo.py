"""The project's home stands in one place, and a release is refused while any file says otherwise."""

import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tools"))
import address
import nb_stored
import release
import set_repo

ROOT = Path(__file__).resolve().parents[1]

NOTEBOOK = """# %% [markdown]
# # The data
#
# Words.

# %%
if COLAB:
    source = "semlib @ git+https://github.com/OWNER/semlib@v0.1.0"
"""
FILES = {
    "pyproject.toml": '[project]\nname = "semlib"\nversion = "0.1.0"\n\n[project.urls]\n'
    'Repository = "https://github.com/OWNER/semlib"\nDocumentation = "https://OWNER.github.io/semlib/"\n',
    "semlib/__init__.py": '__version__ = "0.1.0"\n',
    "_config.yml": "repository:\n  url: https://github.com/OWNER/semlib\n  branch: v0.1.0\n",
    "CITATION.cff": "cff-version: 1.2.0\nversion: 0.1.0\ndate-released: 2026-11-22\n"
    "repository-code: https://github.com/OWNER/semlib\nurl: https://OWNER.github.io/semlib/\n",
    "CHANGELOG.md": "# Changelog\n\n## 0.1.0 (unreleased)\n\n- All.\n",
    "README.md": "The book: <https://OWNER.github.io/semlib/>. Clone https://github.com/OWNER/semlib.git or\n"
    "[Binder](https://mybinder.org/v2/gh/OWNER/semlib/v0.1.0?urlpath=lab/tree/notebooks) or\n"
    "[Colab](https://colab.research.google.com/github/OWNER/semlib/blob/v0.1.0/notebooks/01_data.ipynb).\n"
    "Not ours: https://github.com/other/semlib-more and https://github.com/other/thesis.\n",
    "constraints.txt": "numpy==2.4.6\ntorch==2.13.0\n",
    "notebooks/01_data.py": NOTEBOOK,
    "notebooks/32_speed.py": NOTEBOOK.replace("The data", "How fast it is"),
    "results/claims.json": '{"a": ["holds"], "b": ["cannot be tested", "holds"]}\n',
}


@pytest.fixture
def root(tmp_path):
    """A small copy of the project, committed."""
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    for py in (tmp_path / "notebooks").glob("*.py"):
        book = nb_stored.load(py)
        book.cells[-1].execution_count = 1
        book.cells[-1].outputs = [nbformat.v4.new_output("stream", text="kept")]
        nbformat.write(book, py.with_suffix(".ipynb"))
    set_repo.set_address(tmp_path, address.read(tmp_path))
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    commit(tmp_path)
    return tmp_path


def commit(root):
    subprocess.run(["git", "add", "-A"], cwd=root, check=True)
    name = ("-c", "user.name=t", "-c", "user.email=t@example.org")
    subprocess.run(["git", *name, "commit", "-qm", "x", "--allow-empty"], cwd=root, check=True)


def change(root, name, old, new):
    text = (root / name).read_text()
    assert old in text
    (root / name).write_text(text.replace(old, new))


def move(root, name="me/wafers", book=None, tag="v1.2.0"):
    return set_repo.set_address(root, set_repo.moved(address.read(root), name, book, tag))


def released(root):
    """Make the small project ready for a release."""
    move(root)
    change(root, "CHANGELOG.md", "0.1.0 (unreleased)", "1.2.0 (2026-12-01)")
    change(root, "CITATION.cff", "2026-11-22", "2026-12-01")
    commit(root)


def test_the_home_goes_everywhere(root):
    changed = move(root)
    assert set(changed) == {*FILES, *(f"notebooks/{n}.ipynb" for n in ("01_data", "32_speed"))} - {
        "CHANGELOG.md",
        "constraints.txt",
        "results/claims.json",
    }
    everything = "".join((root / name).read_text() for name in changed)
    assert "OWNER" not in everything
    assert "0.1.0" not in everything
    assert address.read(root) == address.Address("me/wafers", "https://me.github.io/wafers/", "1.2.0")
    readme = (root / "README.md").read_text()
    assert "<https://me.github.io/wafers/>. Clone https://github.com/me/wafers.git" in readme
    assert "https://mybinder.org/v2/gh/me/wafers/v1.2.0?urlpath=lab/tree/notebooks" in readme
    assert "https://colab.research.google.com/github/me/wafers/blob/v1.2.0/notebooks/01_data.ipynb" in readme
    assert "https://github.com/other/semlib-more and https://github.com/other/thesis." in readme
    assert (root / "_config.yml").read_text() == (
        "repository:\n  url: https://github.com/me/wafers\n  branch: v1.2.0\n"
    )
    assert "cff-version: 1.2.0\nversion: 1.2.0\n" in (root / "CITATION.cff").read_text()
    assert "git+https://github.com/me/wafers@v1.2.0" in (root / "notebooks" / "01_data.py").read_text()


def test_the_badge_stands_below_the_title_of_what_runs_alone(root):
    lines = (root / "notebooks" / "01_data.py").read_text().splitlines()
    link = "https://colab.research.google.com/github/OWNER/semlib/blob/v0.1.0/notebooks/01_data.ipynb"
    assert lines[1:6] == [
        "# # The data",
        "#",
        f"# [![Open in Colab](../book/images/colab.svg)]({link})",
        "#",
        "# Words.",
    ]
    assert "Open in Colab" not in (root / "notebooks" / "32_speed.py").read_text()
    assert (ROOT / "book" / "images" / "colab.svg").exists()


def test_a_second_time_changes_nothing(root):
    assert move(root)
    assert move(root) == []
    assert set_repo.changes(root, address.read(root), address.read(root)) == {}


def test_stored_notebooks_stay_in_step_and_keep_their_outputs(root):
    move(root)
    for py in (root / "notebooks").glob("*.py"):
        have, want = nbformat.read(py.with_suffix(".ipynb"), as_version=4), nb_stored.load(py)
        assert [(c.id, c.source) for c in have.cells] == [(c.id, c.source) for c in want.cells]
        assert have.cells[-1].outputs[0].text == "kept"


def test_a_book_elsewhere_stays_there(root):
    move(root, book="https://book.example.org")
    assert address.read(root).book == "https://book.example.org/"
    move(root, name="you/wafers", tag=None)
    assert address.read(root) == address.Address("you/wafers", "https://book.example.org/", "1.2.0")


def test_a_repository_whose_name_only_begins_like_ours_is_another():
    here = address.Address("me/semlib", "https://me.github.io/semlib/", "1.2.0")
    there = address.Address("you/semlib", "https://you.github.io/semlib/", "1.2.0")
    line = "https://github.com/me/semlib-data, https://github.com/me/semlib.git"
    moved = "https://github.com/me/semlib-data, https://github.com/you/semlib.git"
    assert address.rewritten("README.md", line, here, there) == moved


@pytest.mark.parametrize(
    ("part", "wrong", "words"),
    [("name", "me", "owner/name"), ("book", "me.org", "https://"), ("tag", "release-1", "v1.2.3")],
)
def test_a_wrong_address_is_refused_with_the_remedy(root, part, wrong, words):
    with pytest.raises(ValueError, match=words):
        move(root, **{part: wrong})
    assert address.read(root).repository == "OWNER/semlib"


def test_a_released_project_has_no_problems(root):
    released(root)
    assert release.problems(root) == []


def test_the_placeholder_and_the_missing_date_are_found(root):
    found = release.problems(root)
    assert len(found) == 2
    assert "still the placeholder OWNER" in found[0]
    assert "'0.1.0 (unreleased)', not '0.1.0 (YYYY-MM-DD)'" in found[1]


@pytest.mark.parametrize(
    ("name", "old", "new", "words"),
    [
        ("notebooks/01_data.py", "me/wafers@v1.2.0", "me/wafers@v1.1.0", "notebooks/01_data.py: .*@v1.1.0"),
        ("notebooks/01_data.ipynb", "me/wafers@v1.2.0", "me/wafers@v1.1.0", "01_data.ipynb: .*@v1.1.0"),
        ("notebooks/01_data.py", "blob/v1.2.0", "blob/main", "notebooks/01_data.py: .*blob/main"),
        ("_config.yml", "v1.2.0", "main", "_config.yml: 'branch: main'"),
        ("semlib/__init__.py", "1.2.0", "1.1.0", "__version__"),
        ("pyproject.toml", 'version = "1.2.0"', 'version = "1.3.0"', "01_data.py: .*v1.2.0"),
        ("README.md", "Clone https://github.com/me/", "Clone https://github.com/you/", "another home"),
        ("README.md", "<https://me.github.io/", "<https://you.github.io/", "README.md: names another home"),
        ("README.md", "other/thesis", "OWNER/thesis", "README.md: names another home"),
        ("CITATION.cff", "2026-12-01", "2026-11-22", "date-released is not 2026-12-01"),
        ("CHANGELOG.md", "1.2.0 (2026-12-01)", "1.2.0 (unreleased)", "first heading"),
        ("CHANGELOG.md", "All.", "More.", "not committed"),
    ],
)
def test_each_fault_is_found(root, name, old, new, words):
    released(root)
    change(root, name, old, new)
    found = release.problems(root)
    assert any(re.search(words, problem) for problem in found), found


def test_the_notebooks_without_a_badge_are_those_that_need_the_clone():
    needing = [
        py.stem
        for py in sorted((ROOT / "notebooks").glob("*.py"))
        if "clone the repository" in py.read_text()
    ]
    assert needing == list(address.NEEDS_CLONE)
    numbers = [name.split("_")[0] for name in needing]
    assert f"but {numbers[0]}, {numbers[1]} and {numbers[2]}" in (ROOT / "README.md").read_text()


def test_this_project_names_one_home_only():
    home = address.read(ROOT)
    changed = set_repo.changes(ROOT, home, home)
    assert [path.name for path in changed if path.suffix != ".ipynb"] == []  # those: tools/nb.py check
    assert release._elsewhere(ROOT, home) == []
