"""`make colab`: what it asks of pip, which notebooks it runs, and that each of them runs alone."""

import re
import sys
import tomllib
from pathlib import Path

import nbformat
import pytest
from packaging.requirements import Requirement

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tools"))
import colab

ROOT = Path(__file__).resolve().parents[1]

ALONE = """
import os, sys
from pathlib import Path
import semlib.book
assert "google.colab" in sys.modules
assert [path.name for path in Path.cwd().iterdir()] == ["{name}.ipynb"]
assert list(Path(os.environ["HOME"]).glob("semlib")) == []
assert "SEMLIB_DATA" not in os.environ
print("Runs on the GPU Tesla T4")
"""


def notebook(folder, name, *cells):
    nb = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    nbformat.write(nb, folder / f"{name}.ipynb")


def test_a_notebook_runs_alone_and_says_its_device(tmp_path, monkeypatch):
    monkeypatch.setenv("SEMLIB_DATA", "/somewhere")
    notebook(tmp_path, "01_x", ALONE.format(name="01_x"))
    notebook(tmp_path, "02_y", "1")
    ran = colab.run(Path(sys.executable), "01_x", tmp_path)
    assert (ran.name, ran.device, ran.problem) == ("01_x", "Runs on the GPU Tesla T4", "")
    assert ran.seconds > 0


def test_a_notebook_that_fails_is_named_with_its_error(tmp_path, capsys):
    notebook(tmp_path, "01_x", "x = {}", "x['no such key']")
    assert colab.run_all(Path(sys.executable), ["01_x"], tmp_path, 1) == ["01_x"]
    out = capsys.readouterr().out
    assert re.match(r"\[1/1\] 01_x: \d+ s, FAILED\n", out)
    assert "KeyError: 'no such key'" in out


@pytest.mark.parametrize(("asked", "jobs", "seen"), [(None, 3, "2"), (None, 1, "None"), ("5", 3, "5")])
def test_notebooks_at_a_time_share_the_cores(tmp_path, monkeypatch, capsys, asked, jobs, seen):
    monkeypatch.setattr(colab.os, "cpu_count", lambda: 7)
    for name in colab.THREADS:
        monkeypatch.delenv(name, raising=False)
        if asked:
            monkeypatch.setenv(name, asked)
    cell = f"import os; assert [str(os.environ.get(x)) for x in {colab.THREADS}] == [{seen!r}] * 3"
    notebook(tmp_path, "01_x", cell)
    assert colab.run_all(Path(sys.executable), ["01_x"], tmp_path, jobs) == [], capsys.readouterr().out


def test_what_pip_would_replace_is_found_whatever_the_spelling():
    report = {
        "install": [
            {"metadata": {"name": "semlib", "version": "0.1.0"}},
            {"metadata": {"name": "Lazy_Loader", "version": "0.6"}},
        ]
    }
    assert colab.replaced(report, {"numpy": "2.1.3", "lazy-loader": "0.5"}) == ["lazy-loader 0.5 by 0.6"]
    assert colab.replaced(report, {"numpy": "2.1.3"}) == []


def test_an_installation_that_would_replace_numpy_is_not_made(monkeypatch):
    def pip(inside, *words):
        assert "--dry-run" in words  # and nothing after it
        Path(words[words.index("--report") + 1]).write_text(
            '{"install": [{"metadata": {"name": "numpy", "version": "2.4.6"}}]}'
        )

    monkeypatch.setattr(colab, "_pip", pip)
    monkeypatch.setattr(colab, "versions", lambda inside: {"numpy": "2.1.3"})
    monkeypatch.setattr(colab.subprocess, "run", lambda *words, **options: None)
    with pytest.raises(colab.ColabError, match=r"replace numpy 2\.1\.3 by 2\.4\.6"):
        colab.install(Path("python"))


def test_an_absent_or_another_python_is_refused(tmp_path):
    with pytest.raises(colab.ColabError, match=r"no-python: not found; Colab has Python 3\.13"):
        colab.find_python("no-python")
    other = tmp_path / "python"
    other.write_text("#!/bin/sh\necho 3.12\n")
    other.chmod(0o755)
    with pytest.raises(colab.ColabError, match=r"is Python 3\.12; .*COLAB_PYTHON="):
        colab.find_python(str(other))
    other.write_text("#!/bin/sh\nexit 127\n")  # as pyenv's, where no version is chosen
    with pytest.raises(colab.ColabError, match=r"does not run; Colab has"):
        colab.find_python(str(other))
    other.write_text(f"#!/bin/sh\necho {colab.VERSION}\n")
    assert colab.find_python(str(other)) == str(other)


def test_the_notebooks_are_those_with_a_button():
    names = colab.with_button(ROOT / "notebooks")
    texts = {path.stem: path.read_text(encoding="utf8") for path in (ROOT / "notebooks").glob("*.ipynb")}
    assert names == sorted(name for name, text in texts.items() if "[![Open in Colab]" in text)


def test_the_pins_cover_what_semlib_needs():
    lines = colab.PINS.read_text(encoding="utf8").splitlines()
    pins = dict(line.split("==") for line in lines if not line.startswith("#"))
    needs = [
        Requirement(text)
        for text in tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf8"))["project"][
            "dependencies"
        ]
    ]
    assert [need.name for need in needs if pins.get(need.name) not in need.specifier] == []
