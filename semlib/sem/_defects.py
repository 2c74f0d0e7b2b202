"""The defects of the SEM twin, painted in the centre of a grey canvas.

Lengths are in half image widths, so that a defect looks the same at every size: x and y run from -1 to 1,
x to the right, y downwards. A painter changes the canvas in place; what it paints depends only on its random
generator, not on the canvas. How each defect looks was read from the real 52x52 images.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from PIL import Image

# Unit vector away from the light: particles shine at their upper left and throw a shadow to the lower right.
_SHADOW = (0.87, 0.49)

# No outline goes further from the centre than this, in mean radii.
_WIDEST = 1.6


def value_noise(rng: np.random.Generator, shape: tuple[int, int], cells: int, octaves: int = 1) -> np.ndarray:
    """Return smooth noise of mean about 0 and standard deviation 1, float32, of the given shape.

    Random numbers on a coarse grid of ``cells`` x ``cells``, enlarged by bicubic interpolation; every
    further octave is twice as fine and 0.7 times as strong. The grids do not depend on the shape: the noise
    is the same picture at every size.
    """
    total, norm = np.zeros(shape, np.float32), 0.0
    for octave in range(octaves):
        grid = rng.standard_normal((cells << octave,) * 2, dtype=np.float32)
        fine = Image.fromarray(grid).resize(shape[::-1], Image.Resampling.BICUBIC)
        total += 0.7**octave * np.asarray(fine)
        norm += 0.49**octave
    return total / np.float32(np.sqrt(0.55 * norm))  # 0.55: the variance that interpolation leaves, about


def _ramp(value: np.ndarray, low: float, high: float) -> np.ndarray:
    """0 below ``low``, 1 above ``high``, linear between."""
    return np.clip((value - low) / (high - low), 0, 1)


def _patch(canvas: np.ndarray, centre: tuple[float, float], reach: float):
    """Return a view of the canvas around a centre, with coordinates x (1, w) and y (h, 1) from there."""
    size = len(canvas)
    axis = ((np.arange(size) + 0.5) * (2 / size) - 1).astype(np.float32)
    (left, right), (top, bottom) = (np.searchsorted(axis, (c - reach, c + reach)) for c in centre)
    x, y = axis[left:right] - np.float32(centre[0]), axis[top:bottom] - np.float32(centre[1])
    return canvas[top:bottom, left:right], x[None, :], y[:, None]


def _rotate(x, y, angle: float):
    cos, sin = np.float32(np.cos(angle)), np.float32(np.sin(angle))
    return cos * x + sin * y, cos * y - sin * x


def _cover(view: np.ndarray, grey, depth: np.ndarray, size: int) -> None:
    """Paint grey where depth > 0 (depth in half image widths), with an edge about 3 px of 480 wide."""
    alpha = np.clip(depth / max(0.012, 2 / size) + 0.5, 0, 1)
    view += alpha * (grey - view)


def _blob(rng, x, y, radius: float, aspect: float, angle: float, roughness: float, corners: bool):
    """Return the relative distance from a random closed outline: 0 at the centre, 1 on the outline."""
    u, v = _rotate(x, y, angle)
    u, v = u / np.float32(radius * aspect**0.5), v / np.float32(radius * aspect**-0.5)
    if corners:  # the intersection of 5 to 7 half planes
        n = rng.integers(5, 8)
        turns = 2 * np.pi * (np.arange(n) + rng.uniform(-0.3, 0.3, n)) / n
        sides = zip(np.cos(turns), np.sin(turns), rng.uniform(0.75, 1.1, n), strict=True)
        return np.maximum(
            0, np.max([(np.float32(c) * u + np.float32(s) * v) / np.float32(d) for c, s, d in sides], 0)
        )
    distance = np.sqrt(u * u + v * v)
    direction = (u + 1j * v) / np.maximum(distance, 1e-6)
    wave, outline = direction, np.ones_like(distance)
    for k in (2, 3, 4, 5, 6):
        wave = wave * direction
        c = np.complex64(roughness / k * (rng.standard_normal() + 1j * rng.standard_normal()))
        outline += (c * wave).real
    return distance / np.clip(outline, 0.45, _WIDEST)


def _centre(rng, spread: float, shift: float = 0.0) -> tuple[float, float]:
    x, y = np.clip(rng.normal((shift, 0.0), spread), -0.25, 0.25)
    return float(x), float(y)


def _relief(view, x, y, reach: float, strength: float) -> None:
    """Add a soft bump: bright towards the light, dark away from it."""
    along = (_SHADOW[0] * x + _SHADOW[1] * y) / np.float32(reach)
    across = (x * x + y * y) / np.float32(2 * reach**2)
    view -= np.float32(strength * 1.65) * along * np.exp(-across)


def _shadow(view, x, y, reach: float, strength: float) -> None:
    """Add a soft dark halo on the side away from the light, and a weaker bright one towards it."""
    for shift, width, grey in ((0.75, 1.0, -strength), (-0.8, 0.6, 0.6 * strength)):
        dx, dy = x - np.float32(shift * reach * _SHADOW[0]), y - np.float32(shift * reach * _SHADOW[1])
        view += np.float32(grey) * np.exp(-(dx * dx + dy * dy) / np.float32(2 * (width * reach) ** 2))


def _lump(canvas, rng, centre, radius: float) -> None:
    """One particle: a rough dome, lit from the upper left."""
    aspect, angle = rng.uniform(1.0, 2.4), rng.normal(0.3, 0.8)
    _shadow(*_patch(canvas, centre, 3.6 * radius), radius, rng.uniform(14, 34))
    view, x, y = _patch(canvas, centre, _WIDEST * radius * aspect**0.5)
    d = _blob(rng, x, y, radius, aspect, angle, 0.22, corners=rng.random() < 0.3)
    d = d + np.float32(rng.uniform(0, 0.05)) * value_noise(rng, d.shape, 30, 2)
    rough = value_noise(rng, d.shape, 18, 4)
    height = np.sqrt(np.maximum(0, 1.1 - d * d)) + np.float32(rng.uniform(0.03, 0.1)) * rough
    step = max(1.0, len(canvas) * radius / 2)  # pixels per radius: slopes do not depend on the size
    slope_y, slope_x = np.gradient(height, 1 / step)
    facing = slope_x * _SHADOW[0] + slope_y * _SHADOW[1]
    towards = -(_SHADOW[0] * x + _SHADOW[1] * y) / np.float32(radius)
    lit, dark = (_ramp(side, 0.2, 0.9) * _ramp(d, 0.55, 0.95) for side in (towards, -towards))
    grey = rng.uniform(48, 62) + 11 * facing + rng.uniform(2, 9) * rough
    grey += rng.uniform(30, 85) * lit - rng.uniform(10, 40) * dark
    _cover(view, np.clip(grey, rng.uniform(5, 25), 165), (1 - d) * np.float32(radius), len(canvas))


def particle(canvas, rng) -> None:
    """A particle on the surface, sometimes a chain of lumps."""
    radius, (cx, cy) = float(np.clip(rng.lognormal(np.log(0.178), 0.28), 0.04, 0.5)), _centre(rng, 0.08, 0.08)
    if rng.random() > 0.08:
        return _lump(canvas, rng, (cx, cy), radius)
    lumps, angle = rng.integers(3, 7), rng.uniform(0, np.pi)
    for t in np.linspace(-1, 1, lumps) * radius * 1.8:
        jitter = rng.normal(0, 0.25 * radius, 2)
        place = (cx + t * np.cos(angle) + jitter[0], cy + t * np.sin(angle) + jitter[1])
        _lump(canvas, rng, place, radius * rng.uniform(0.35, 0.6))
    return None


def speck(canvas, rng) -> None:
    """A particle so small that hardly more than its shadow is seen."""
    _lump(canvas, rng, _centre(rng, 0.03), rng.uniform(0.03, 0.07))


def _hole(canvas, rng, spread: float, median: float, corners: bool):
    """Outline of a pit: view, x, y, relative distance, radius."""
    radius, aspect = float(np.clip(rng.lognormal(np.log(median), spread), 0.06, 0.55)), rng.uniform(1.0, 1.9)
    angle = rng.normal(0, 0.35) if rng.random() < 0.8 else rng.normal(np.pi / 2, 0.3)
    view, x, y = _patch(canvas, _centre(rng, 0.05), 2.6 * radius * aspect**0.5)
    return view, x, y, _blob(rng, x, y, radius, aspect, angle, 0.14, corners), radius


def bowl(canvas, rng) -> None:
    """A smooth crater: dark wall towards the light, a bright crescent on the far wall."""
    view, x, y, d, radius = _hole(canvas, rng, 0.3, 0.3, corners=False)
    away, _ = _rotate(x, y, rng.normal(0.35, 0.35))
    away = away / np.float32(radius)
    grain = value_noise(rng, d.shape, 24, 3)
    grey = rng.uniform(18, 36) + rng.uniform(15, 40) * _ramp(away, -1.2, 0.9) + rng.uniform(1.5, 5) * grain
    start = rng.uniform(0.6, 0.85)
    crescent = _ramp(d + 0.03 * grain, start, min(0.98, start + 0.25)) * _ramp(away, 0.15, 0.7)
    grey += rng.uniform(110, 185) * crescent
    _shadow(view, x, y, radius, rng.uniform(-6, 6))
    _cover(view, np.clip(grey, 4, 235), (1 - d) * np.float32(radius), len(canvas))


def facets(canvas, rng) -> None:
    """A broken-out pit of a few flat faces, one of them bright."""
    view, x, y, d, radius = _hole(canvas, rng, 0.25, 0.28, corners=True)
    n = rng.integers(3, 6)
    seeds = rng.uniform(-0.8, 0.8, (n, 2)) * radius
    away = np.array([np.hypot(x - np.float32(a), y - np.float32(b)) for a, b in seeds]) / np.float32(radius)
    away += 0.05 * value_noise(rng, d.shape, 12, 3)  # faces are not quite flat
    face, two = np.argmin(away, 0), np.partition(away, 1, 0)
    greys = rng.uniform(22, 75, n)
    greys[np.argmax(seeds @ _SHADOW)] = rng.uniform(120, 190)  # the face that looks at the light
    grey = (
        greys.astype(np.float32)[face]
        - 18 * two[0]
        + 9
        + rng.uniform(2, 8) * value_noise(rng, d.shape, 30, 4)
    )
    grey += rng.uniform(10, 50) * np.exp(-(two[1] - two[0]) / 0.04)  # edges are bright in an SEM
    _shadow(view, x, y, radius, rng.uniform(-8, -3))
    _cover(view, np.clip(grey, 4, 235), (1 - d) * np.float32(radius), len(canvas))


def rubble(canvas, rng) -> None:
    """A pit full of debris: coarse speckle of strong contrast, and a shadow."""
    view, x, y, d, radius = _hole(canvas, rng, 0.25, 0.26, corners=False)
    grain = value_noise(rng, d.shape, 40, 3)
    d = d + 0.05 * value_noise(rng, d.shape, 20, 2)
    _shadow(view, x, y, radius, rng.uniform(6, 14))
    _cover(view, np.clip(58 + rng.uniform(30, 42) * grain, 4, 215), (1 - d) * np.float32(radius), len(canvas))


def dark_patch(canvas, rng) -> None:
    """A dark rough oval with a ragged edge, no bright rim."""
    radius = float(np.clip(rng.lognormal(np.log(0.165), 0.28), 0.09, 0.32))
    view, x, y = _patch(canvas, _centre(rng, 0.025), 2.6 * radius)
    d = _blob(rng, x, y, radius, rng.uniform(1.15, 1.5), rng.normal(0, 0.15), 0.06, corners=False)
    view -= np.float32(rng.uniform(0, 6)) * np.exp(-d * d / 4)
    grain = value_noise(rng, d.shape, 40, 2)
    d = d + np.float32(rng.uniform(0.02, 0.09)) * value_noise(rng, d.shape, 40, 2)
    _cover(
        view, np.clip(rng.uniform(38, 50) + rng.uniform(4, 11) * grain, 6, 110), (1 - d) * radius, len(canvas)
    )


def stain(canvas, rng) -> None:
    """A pale film, slightly darker inside, with a brighter rim. Invented: no image of class 2 was seen."""
    radius = rng.uniform(0.25, 0.45)
    view, x, y = _patch(canvas, _centre(rng, 0.05), 2 * radius)
    d = _blob(rng, x, y, radius, rng.uniform(1, 1.6), rng.uniform(0, np.pi), 0.25, corners=False)
    inside = _ramp(-d, -1.05, -0.9)
    mottle = 1 + 0.25 * value_noise(rng, d.shape, 8, 3)
    view -= np.float32(rng.uniform(12, 24)) * inside * mottle
    view += np.float32(rng.uniform(10, 20)) * np.exp(-(((d - 1) / 0.06) ** 2))


def _track(canvas, rng, kind: str, angle: float, offset: float) -> None:
    """One scratch along a slightly bent line. See ``scratch`` for the kinds."""
    view, x, y = _patch(canvas, (0.0, 0.0), 2.0)
    s, t = _rotate(x, y, angle)
    t = t - np.float32(offset) - np.float32(rng.normal(0, 0.03)) * s * s
    start, stop = -rng.uniform(0.15, 1.6), rng.uniform(0.15, 1.6)
    fade = np.minimum(_ramp(s, start, start + 0.15), _ramp(-s, -stop, -stop + 0.15))
    ragged = value_noise(rng, t.shape, 80, 3)
    strength = fade * (0.75 + 0.35 * np.interp(s, np.linspace(-1.5, 1.5, 30), rng.standard_normal(30)))
    if kind == "dots":
        pitch = rng.uniform(0.07, 0.14)
        number = np.rint(s / np.float32(pitch)).astype(int) % 64
        along, across = rng.uniform(-0.25, 0.25, 64) * pitch, rng.normal(0, rng.uniform(0, 0.02), 64)
        width = rng.uniform(0.005, 0.02, 64) * (rng.random(64) < 0.8)
        away = np.hypot((s + pitch / 2) % pitch - pitch / 2 - along[number], t - across[number])
        depth = width[number] + 0.004 * ragged - away
        grey = np.where(rng.random(64) < 0.12, 25, rng.uniform(-75, -25))[number]
    elif kind == "smear":
        half = rng.uniform(0.03, 0.11) * (0.7 + 0.3 * np.sin(2 * s + rng.uniform(0, 6)))
        depth, strength = half * fade + 0.006 * ragged - np.abs(t), 1 + 0.06 * ragged
        grey = rng.uniform(-38, -26)
    elif kind == "grains":
        half = rng.uniform(0.03, 0.08)
        depth = half * (0.35 + 0.6 * ragged) * fade - np.abs(t)
        grey = rng.uniform(-55, -20)
    else:
        depth, grey = rng.uniform(0.004, 0.009) + 0.002 * ragged - np.abs(t), rng.uniform(-60, -18)
    depth = depth - np.float32(1e-3) * (fade <= 0)
    alpha = np.clip(depth / max(0.008, 2 / len(canvas)) + 0.5, 0, 1)
    view += grey * alpha * np.clip(strength, 0, 1.3) * (fade > 0)


def scratch(canvas, rng) -> None:
    """A scratch through the centre, sometimes with fainter ones beside it, over a small bump.

    ``hair`` is a thin line, ``dots`` a row of dots, ``grains`` a granular track, ``smear`` a wide flat band.
    In the real 52x52 images many rows of dots are so regular that they may be hairlines of which the shrink
    kept every ninth pixel only.
    """
    view, x, y = _patch(canvas, (0.0, 0.0), 0.5)
    _relief(view, x, y, rng.uniform(0.07, 0.11), rng.uniform(7, 15))
    angle = rng.normal(-0.35, 0.45) if rng.random() < 0.8 else rng.uniform(0, np.pi)
    kind = rng.choice(["hair", "dots", "grains", "smear"], p=[0.32, 0.28, 0.24, 0.16])
    _track(canvas, rng, kind, angle, rng.normal(0, 0.02))
    for _ in range(rng.integers(0, 3)):
        _track(canvas, rng, rng.choice(["hair", "dots"]), angle + rng.normal(0, 0.08), rng.normal(0, 0.35))


def nothing(canvas, rng) -> None:
    """No defect: the tool looked beside it."""


PAINTERS: dict[str, Callable[[np.ndarray, np.random.Generator], None]] = {
    painter.__name__: painter
    for painter in (scratch, stain, particle, speck, bowl, facets, rubble, dark_patch, nothing)
}
