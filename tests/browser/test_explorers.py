"""The explorers of the book: a dot under the pointer shows its image."""

from __future__ import annotations

import io
import re

import numpy as np
import pytest
from PIL import Image
from watched import PAGES

EXPLORERS = [
    name
    for name in PAGES
    if re.search(r"/(07_umap_and_tsne|14_explorer|34_map_explorer|41_your_own_images)$", name)
]


@pytest.mark.parametrize("name", EXPLORERS)
def test_the_explorer_shows_the_image_under_the_pointer(page, name):
    tab = page.open(name)
    plot = tab.locator("[id^=explorer-]").first
    plot.scroll_into_view_if_needed()
    tab.wait_for_selector("[id^=explorer-] .main-svg", state="attached")
    tab.wait_for_function("document.querySelector('.js-plotly-plot')?._fullLayout?.xaxis?._length > 0")
    # a pixel on a dot, as plotly itself draws it
    x, y = tab.evaluate(
        """() => {
          const plot = document.querySelector('.js-plotly-plot'), box = plot.getBoundingClientRect();
          const { xaxis, yaxis } = plot._fullLayout, trace = plot._fullData[0];
          const x = xaxis._offset + xaxis.l2p(trace.x[0]), y = yaxis._offset + yaxis.l2p(trace.y[0]);
          return [box.left + x, box.top + y];
        }"""
    )
    tab.mouse.move(x - 40, y - 40)
    tab.mouse.move(x, y, steps=4)
    image = tab.locator(".sx-tip canvas, .sx-tip img, body > div[style*=fixed] img").first
    image.wait_for(state="visible")
    tab.wait_for_timeout(300)  # the image is decoded after it stands there
    pixels = np.asarray(Image.open(io.BytesIO(image.screenshot())).convert("RGB"))
    pixels = pixels[8:-8, 8:-8]  # without the round corners
    assert min(pixels.shape[:2]) >= 24
    assert len(np.unique(pixels.reshape(-1, 3), axis=0)) >= 2, "the image is blank"
    assert page.wrong == []
    tab.mouse.move(2, 2)
