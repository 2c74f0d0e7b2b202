"""Small tables in WM-811K's form, and a home for what is made of them."""

import numpy as np
import old_pandas
import pytest
from wafer_files import MAP

from semlib.wafer.data import wm811k

MAPS = [MAP, np.ones((4, 1), np.uint8), np.full((20, 30), 2, np.uint8), MAP.T.copy(), MAP]
TYPES = ["Loc", None, "none", "Near-full", None]


def table(maps=MAPS, types=TYPES, **options):
    return old_pandas.dumps(old_pandas.wm811k(maps, types, **options))


@pytest.fixture
def at_home(tmp_path, monkeypatch):
    """Data and cache folders of this test alone."""
    monkeypatch.setenv("SEMLIB_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("SEMLIB_CACHE", str(tmp_path / "cache"))
    return tmp_path


def opened(folder, pickled, **options):
    """Open a pickle that is not the published one."""
    path = folder / "own.pkl"
    path.write_bytes(pickled)
    return wm811k(path, verify=False, progress=False, **options)


def known(column):
    """Return a column's values, with None where there is none."""
    return [None if value != value else value for value in column]
