import numpy as np
import pytest

from semlib import book


def test_profiles():
    assert book.profile("paper").size == 512
    assert book.profile("paper").epochs == 15
    assert book.profile("quick").n_images < 500
    with pytest.raises(ValueError, match="'huge' must be one of quick, trial, paper"):
        book.profile("huge")


def test_glue_outside_a_notebook_does_nothing(capsys):
    book.glue("x", 1.0)
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(("value", "text"), [(1.5, "1.5"), (np.float32(0.5), "0.5"), (np.int64(3), "3")])
def test_glue_stores_plain_numbers(value, text, monkeypatch):
    """The output is what myst_nb's glue writes, and a NumPy scalar is no `np.float32(0.5)`."""
    from IPython.core.interactiveshell import InteractiveShell

    shell = InteractiveShell.instance()
    shown = []
    monkeypatch.setattr("IPython.get_ipython", lambda: shell)
    monkeypatch.setattr("IPython.display.display", lambda data, **options: shown.append((data, options)))
    book.glue("x", value)
    ((data, options),) = shown
    assert data == {"application/papermill.record/text/plain": text}
    assert options["metadata"]["scrapbook"] == {
        "name": "x",
        "mime_prefix": "application/papermill.record/",
    }
    InteractiveShell.clear_instance()


def test_recorded():
    assert book.recorded("no_such_run") is None
    assert book.recorded("twin_vs_real")["provenance"]["n_real"] == 129


def test_recorded_arrays(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "results").mkdir()
    np.savez(tmp_path / "results" / "x.npz", a=np.arange(3))
    assert book.recorded_arrays("x")["a"].tolist() == [0, 1, 2]
    assert book.recorded_arrays("no_such_run") is None
