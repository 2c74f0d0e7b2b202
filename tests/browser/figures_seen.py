"""Whether figures can be read in the theme that is shown, and are large enough on a laptop's screen.

A figure is legible where its ink stands out from its ground by 4.5 to 1 (WCAG's bound for text), and where
the smallest text of the house style has 7 pt on the screen. The ground is what lies along its border.
"""

from __future__ import annotations

import io
from pathlib import Path
from urllib.parse import unquote

import numpy as np
from figures_checked import SMALLEST
from PIL import Image

X_RESOLUTION = 282  # of EXIF
FIGURES = "() => [...document.querySelectorAll('.bd-article img[src*=_images][src$=webp]')]"


def brightness(pixels: np.ndarray) -> np.ndarray:
    """WCAG's relative luminance of sRGB pixels, (..., 3) in 0 to 255."""
    part = np.asarray(pixels, float) / 255
    linear = np.where(part <= 0.04045, part / 12.92, ((part + 0.055) / 1.055) ** 2.4)
    return linear @ [0.2126, 0.7152, 0.0722]


def contrast(pixels: np.ndarray) -> float:
    """Return how far the ink of a figure stands out from its ground, as seen; 1 is not at all."""
    ground = np.median(brightness(np.concatenate([pixels[2], pixels[-3], pixels[:, 2], pixels[:, -3]])))
    ink = brightness(pixels).ravel()
    # text covers a part in a thousand, at least
    ink = np.quantile(ink, 0.001) if ground > 0.18 else np.quantile(ink, 0.999)
    light, dark = max(ground, ink), min(ground, ink)
    return (light + 0.05) / (dark + 0.05)


def illegible(tab, html: Path, address: str) -> list[str]:
    """Return what is wrong with the page's figures as they are seen now; three or four are photographed."""
    tab.evaluate("document.querySelectorAll('details').forEach(e => { e.open = true })")
    shown = tab.evaluate(
        f"({FIGURES})().map(i => [i.src, i.naturalWidth, i.getBoundingClientRect().width, i.alt.trim()])"
    )
    wrong = [] if shown else ["the page has no figure"]
    for source, natural, width, alt in shown:
        path = html / unquote(source.removeprefix(address).partition("?")[0])
        dots = Image.open(path).getexif().get(X_RESOLUTION, 110)
        points = SMALLEST * dots / 72 * width / natural * 0.75  # a CSS pixel is 3/4 pt
        if width and points < 7:
            wrong.append(f"{path.name}: text of {SMALLEST} pt has {points:.1f} pt on the screen")
        if not alt or alt.endswith(".png"):
            wrong.append(f"{path.name}: no text for those who cannot see it")
    figures = [f for f in tab.query_selector_all(".bd-article img[src*='_images']") if f.is_visible()]
    for figure in figures[:: max(1, len(figures) // 3)]:  # three or four of a page: all have the same style
        if not any(contrast(_photograph(figure, wait)) >= 4.5 for wait in (0, 300, 1000, 3000)):
            wrong.append(f"{figure.get_attribute('src')}: its ink is hard to see")
    return wrong


def _photograph(figure, wait: int) -> np.ndarray:
    """Return the pixels of a figure as seen, without the room around it.

    A busy browser says that a picture is decoded, and paints it a while later: hence ``wait``, in ms.
    """
    figure.scroll_into_view_if_needed()
    figure.evaluate("e => e.decode()")
    figure.evaluate("(e, wait) => new Promise(done => setTimeout(done, wait))", wait)
    pixels = np.asarray(Image.open(io.BytesIO(figure.screenshot())).convert("RGB"))
    room = round(figure.evaluate("e => parseFloat(getComputedStyle(e).paddingLeft)"))
    return pixels[room:-room, room:-room] if room else pixels
