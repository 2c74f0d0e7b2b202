"""The tools that guard the book must find what they are there to find."""

import json
import sys
from pathlib import Path

import nbformat
import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tools"))
import check_book
import nb
import nb_stored

SOURCE = """# %% [markdown]
# # Title

# %% tags=["parameters"]
profile = "quick"

# %% mystnb={"figure": {"name": "fig-x", "caption": "A line."}}
import matplotlib.pyplot as plt
from semlib import book
book.glue("answer", 41.5)
figure, ax = plt.subplots(figsize=(1, 1))
ax.plot([0, 1]);
"""


@pytest.fixture(scope="module")
def executed(tmp_path_factory):
    """One small notebook, executed once."""
    folder = tmp_path_factory.mktemp("notebooks")
    (folder / "01_x.py").write_text(SOURCE)
    seconds, peak, values = nb.execute(folder / "01_x.py", folder / "01_x.ipynb", {}, nb.ENV)
    assert seconds > 0
    assert 0 < peak < 3
    assert values == {"answer": 41.5}
    return folder


@pytest.fixture
def notebooks(executed, tmp_path, monkeypatch):
    """A fresh copy of it, which the tools take for the project's notebooks."""
    for path in executed.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    for module in (nb, nb_stored):
        monkeypatch.setattr(module, "NOTEBOOKS", tmp_path)
    monkeypatch.setattr(nb_stored, "PICTURES", {})
    return tmp_path


def edit(folder, change):
    path = folder / "01_x.ipynb"
    notebook = nbformat.read(path, as_version=4)
    change([cell for cell in notebook.cells if cell.cell_type == "code"])
    nbformat.write(notebook, path)


def test_a_good_notebook_passes(notebooks):
    assert nb_stored.check() == []


def test_a_second_run_gives_the_same_bytes(notebooks):
    before = (notebooks / "01_x.ipynb").read_bytes()
    nb.execute(notebooks / "01_x.py", notebooks / "01_x.ipynb", {}, nb.ENV)
    assert (notebooks / "01_x.ipynb").read_bytes() == before


@pytest.mark.parametrize(
    ("change", "found"),
    [
        (lambda cells: setattr(cells[1], "source", "1 + 1"), "cells differ"),
        (lambda cells: cells[1].metadata.pop("mystnb"), "cells differ"),
        (lambda cells: cells[1].outputs.clear(), "no figure"),
        (lambda cells: setattr(cells[0], "execution_count", None), "top to bottom"),
        (lambda cells: setattr(cells[1], "execution_count", 7), "top to bottom"),
        (lambda cells: cells[0].metadata.pop("tags"), "0 cells tagged 'parameters'"),
        (
            lambda cells: cells[1].outputs.append(nbformat.v4.new_output("stream", name="stderr", text="oh")),
            "an error or a warning",
        ),
        (lambda cells: cells[1].outputs.append(nbformat.v4.new_output("error", ename="E")), "an error"),
    ],
)
def test_a_bad_notebook_is_found(notebooks, change, found):
    edit(notebooks, change)
    assert any(found in problem for problem in nb_stored.check()), nb_stored.check()


def test_words_are_taken_over_and_outputs_stay(notebooks):
    before = nbformat.read(notebooks / "01_x.ipynb", as_version=4)
    text = SOURCE.replace("# # Title", "# # Another title").replace("A line.", "A straight line.")
    (notebooks / "01_x.py").write_text(text)
    assert nb_stored.check() == [
        "01_x.ipynb: its cells differ from the .py; run `tools/nb.py words`, or `run` if code changed"
    ]
    assert nb_stored.words([]) == []
    assert nb_stored.check() == []
    after = nbformat.read(notebooks / "01_x.ipynb", as_version=4)
    assert after.cells[0].source == "# Another title"
    assert after.cells[2].metadata.mystnb.figure.caption == "A straight line."
    assert [c.outputs for c in after.cells[1:]] == [c.outputs for c in before.cells[1:]]


def test_words_are_refused_where_code_has_changed(notebooks):
    stored = (notebooks / "01_x.ipynb").read_bytes()
    (notebooks / "01_x.py").write_text(SOURCE.replace("41.5", "42.5").replace("# # Title", "# # Other"))
    assert nb_stored.words(["01_x"]) == ["01_x"]
    assert (notebooks / "01_x.ipynb").read_bytes() == stored


def test_times_are_kept(notebooks, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert nb.run([], tmp_path / "out", {}, None, 1, 1, tmp_path / "times.json") == 0
    kept = json.loads((tmp_path / "times.json").read_text())
    assert list(kept["notebooks"]) == ["01_x"]
    assert 0 < kept["notebooks"]["01_x"]["seconds"] < 300
    assert kept["provenance"]["machine"]["cores"] >= kept["provenance"]["notebooks_at_a_time"] == 1
    kept["notebooks"] = {"00_other": {"seconds": 1.0}, "01_x": {"seconds": -1.0}}
    (tmp_path / "times.json").write_text(json.dumps(kept))
    assert nb.run(["01_x"], tmp_path / "out", {}, None, 1, 1, tmp_path / "times.json") == 0
    some = json.loads((tmp_path / "times.json").read_text())["notebooks"]
    assert list(some) == ["00_other", "01_x"]
    assert some["01_x"]["seconds"] > 0
    with pytest.raises(SystemExit, match="measured otherwise"):
        nb.run(["01_x"], tmp_path / "out", {}, None, 2, 1, tmp_path / "times.json")


def test_missing_and_orphaned_notebooks_are_found(notebooks):
    (notebooks / "02_y.py").write_text(SOURCE)
    (notebooks / "01_x.ipynb").rename(notebooks / "03_z.ipynb")
    problems = nb_stored.check()
    assert any("01_x.ipynb: missing" in p for p in problems)
    assert any("02_y.ipynb: missing" in p for p in problems)
    assert any("03_z.ipynb: has no .py" in p for p in problems)


def test_a_picture_out_of_step_is_found(notebooks, monkeypatch):
    monkeypatch.setattr(nb_stored, "ROOT", notebooks)
    monkeypatch.setattr(nb_stored, "PICTURES", {"home.png": ("01_x", "fig-x")})
    assert any("home.png" in p for p in nb_stored.check())
    (notebooks / "book").mkdir()
    nb_stored.copy_pictures()
    assert nb_stored.check() == []
    (notebooks / "book" / "images" / "home.png").write_bytes(b"other")
    assert any("home.png" in p for p in nb_stored.check())


def test_parameters_never_reach_the_stored_notebooks(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["nb.py", "run", "-p", "seed", "1"])
    with pytest.raises(SystemExit):
        nb.main()
    assert "-p needs --out" in capsys.readouterr().err


GOOD = (
    '<img alt="x" src="../_images/x.png"><div class="cell_output"></div><script src="_static/a.js"></script>'
)


@pytest.mark.parametrize(
    ("html", "found"),
    [
        ("", "no figure"),
        (GOOD.replace("x.png", "colab.svg"), "no figure"),
        (GOOD.replace("cell_output", ""), "no output"),
        (GOOD + '<script src="https://cdn.example.org/a.js"></script>', "from the network"),
        (GOOD + '<div class="system-message">x</div>', "Sphinx error"),
        (GOOD + "{glue:text}`ssl`", "unresolved value"),
        (GOOD + "<td>a group of 20 dies or...</td>", "cuts off"),
    ],
)
def test_a_bad_page_is_found(html, found):
    assert any(found in problem for problem in check_book.problems_of("notebooks/x", html))


def test_a_good_page_passes():
    link = '<a href="https://doi.org/10.1">a link is no load</a>'
    assert check_book.problems_of("notebooks/x", GOOD + link) == []
    assert check_book.problems_of("book/x", link) == []


def test_what_is_numbered_must_be_named():
    link = '<a class="reference internal" href="{}"><span class="std std-numref">Fig. 1</span></a>'
    shown = '<figure id="fig-a"><a class="headerlink" href="#fig-a">#</a></figure><div id="equation-eq-b">'
    html = {"notebooks/a": shown, "book/b": ""}
    assert check_book.never_named(html) == [
        "notebooks/a: nothing refers to fig-a",
        "notebooks/a: nothing refers to eq-b",
    ]
    html["book/b"] = link.format("../notebooks/a.html#fig-a") + link.format("#equation-eq-b")
    assert check_book.never_named(html) == []


def test_every_notebook_is_in_the_contents():
    pages = check_book.pages()
    assert {p for p in pages if p.startswith("notebooks/")} == {
        f"notebooks/{py.stem}" for py in (check_book.ROOT / "notebooks").glob("*.py")
    }


def test_parameters_are_those_of_the_cell(notebooks, monkeypatch, capsys):
    assert nb.parameter_names(notebooks / "01_x.py") == {"profile"}
    monkeypatch.setattr(sys, "argv", ["nb.py", "run", "01_x", "--out", "elsewhere", "-p", "profil", "x"])
    with pytest.raises(SystemExit):
        nb.main()
    assert "no notebook has the parameter profil" in capsys.readouterr().err


def test_a_path_is_named_as_the_notebooks_see_it(notebooks, monkeypatch):
    (notebooks / "mine" / "images").mkdir(parents=True)
    monkeypatch.chdir(notebooks / "mine")
    (notebooks / "mine" / "2024-05-01").mkdir()
    (notebooks / "mine" / "synthetic").mkdir()
    assert nb._value("dataset", "./images") == nb._value("dataset", "images") == "mine/images"
    assert nb._value("dataset", "2024-05-01") == "mine/2024-05-01"
    assert nb._value("dataset", "synthetic") == "synthetic"
    assert nb._value("dataset", "./synthetic") == "mine/synthetic"
    assert nb._value("output", "2025") == "mine/2025"
    assert nb._value("labels_csv", "None") is None
    with pytest.raises(SystemExit, match=r"-p dataset images/none: there is no such file or folder below"):
        nb._value("dataset", "images/none")
    assert [nb._value("k", text) for text in ("3", "quick", "0.5", "None")] == [3, "quick", 0.5, None]
