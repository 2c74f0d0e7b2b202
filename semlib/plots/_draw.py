"""Boxes, arrows and words of drawings."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes

from semlib.plots.style import GREY


def box(ax: Axes, at: tuple[float, float], size: tuple[float, float], color: str) -> None:
    """Draw a box with a pale face."""
    ax.add_patch(plt.Rectangle(at, *size, fc=color, alpha=0.18, lw=0))
    ax.add_patch(plt.Rectangle(at, *size, fc="none", ec=color, lw=1))


def arrow(ax: Axes, start, end, color: str = GREY, style: str = "->", lw: float = 1) -> None:
    """Draw an arrow from a point to another."""
    ax.annotate(
        "", end, start, arrowprops={"arrowstyle": style, "color": color, "lw": lw, "shrinkA": 0, "shrinkB": 0}
    )


def dot(ax: Axes, at: tuple[float, float], text: str, color: str, *, hollow: bool = False) -> None:
    """Draw a named point."""
    ax.add_patch(
        plt.Circle(at, 0.34, fc="white" if hollow else color, ec=color, lw=1.4, ls="--" if hollow else "-")
    )
    ax.text(*at, text, ha="center", va="center", fontsize=9.5)


def small_image(ax: Axes, image: np.ndarray, at: tuple[float, float], side: float, color: str = GREY) -> None:
    """Draw an image as a framed square; ``at`` is its lower left corner."""
    x, y = at
    ax.imshow(image, extent=(x, x + side, y, y + side), interpolation="antialiased", zorder=1)
    ax.add_patch(plt.Rectangle(at, side, side, fc="none", ec=color, lw=1.4, zorder=2))


def heading(ax: Axes, at: tuple[float, float], letter: str, text: str) -> None:
    """Write a heading after its letter."""
    x, y = at
    ax.text(x, y, letter, fontsize=10, weight="bold", va="center")
    ax.text(x + (0.45 if letter else 0), y, text, fontsize=9, va="center")


def note(ax: Axes, at: tuple[float, float], text: str, *, size: float = 7.5, va: str = "center") -> None:
    """Write small text around a point."""
    ax.text(*at, text, ha="center", va=va, fontsize=size, color="#333333")
