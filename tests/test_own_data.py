"""Parameters of the notebooks for own data are checked before anything is written."""

import pytest

from semlib.own_data import parsed, results_folder, whole


def test_the_folder_of_the_data_is_no_place_for_results(tmp_path):
    kept = tmp_path / "clusters.csv"
    kept.write_text("mine")
    for data in (tmp_path, kept):
        with pytest.raises(ValueError, match=r"output=.*is the folder of your files; pass another"):
            results_folder(tmp_path / "." / "", data)
    assert kept.read_text() == "mine"
    assert results_folder(tmp_path / "results" / "new", tmp_path).is_dir()


def test_a_folder_that_cannot_be_made(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(ValueError, match=r"output='.*file' cannot be made a folder \(a file has this name\)"):
        results_folder(tmp_path / "file", tmp_path)
    with pytest.raises(ValueError, match=r"output='.*below' cannot be made a folder"):
        results_folder(tmp_path / "file" / "below", tmp_path)


def test_a_name_of_digits_is_a_name(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # papermill reads 2024 as a number
    assert results_folder(2024, tmp_path).name == "2024"


def test_text_is_read_as_python():
    assert parsed("border", "(0, 0, 60, 0)", "4") == (0, 0, 60, 0)
    assert parsed("border", 4, "4") == 4
    with pytest.raises(ValueError, match=r"die_list='y_up=True' is not written as in Python: pass \{'y_up'"):
        parsed("die_list", "y_up=True", "{'y_up': True}")


@pytest.mark.parametrize("value", ["3", 2.0, True, 0, None])
def test_what_is_no_whole_number(value):
    with pytest.raises(ValueError, match=r"epochs=.* must be a whole number of at least 1"):
        whole("epochs", value, least=1)
    whole("epochs", None, least=1, none=True)
    whole("epochs", 1, least=1)
