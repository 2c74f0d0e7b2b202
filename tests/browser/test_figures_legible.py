"""The measure of legible figures; `test_pages_load.py` takes it on every page with figures, in the dark."""

from __future__ import annotations

import numpy as np
import pytest
from figures_seen import contrast


def test_contrast():
    page = np.full((100, 100, 3), 255)
    assert contrast(page) == 1
    page[40:44, 40:60] = 0
    assert contrast(page) == pytest.approx(21)
    page[page == 255] = 20  # black ink on a dark ground, a figure that is transparent in the dark theme
    assert contrast(page) < 1.2
