"""The figures of paper 1 that show images. Each function takes what it draws, and returns the figure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from semlib.plots.style import COLORS, GREY, credit, picture


def class_gallery(
    images: Sequence[np.ndarray],
    labels: np.ndarray,
    names: Mapping[int, str],
    *,
    source: str,
    columns: int = 8,
) -> Figure:
    """Show the first images of each class, one row a class, with the class's count."""
    classes, counts = np.unique(labels, return_counts=True)
    figure, axes = plt.subplots(
        len(classes), columns, figsize=(7.5, 0.98 * len(classes)), squeeze=False, layout="constrained"
    )
    for row, (label, count) in enumerate(zip(classes, counts, strict=True)):
        members = np.flatnonzero(labels == label)[:columns]
        for ax, index in zip(axes[row], members, strict=False):
            picture(ax, images[index], vmin=0, vmax=180)  # their own 0 to 255 would print too dark
        for ax in axes[row, len(members) :]:
            ax.set_axis_off()
        axes[row, 0].set_ylabel(
            f"{label}: {names.get(label, '?')}\nn = {count}",
            rotation=0,
            ha="right",
            va="center",
            fontsize=7.5,
        )
    return credit(figure, source)


def class_counts(counts: Mapping[int, int], names: Mapping[int, str], *, source: str) -> Figure:
    """Show how many images each class has, on a logarithmic axis."""
    labels = sorted(counts)
    figure, ax = plt.subplots(figsize=(7.5, 2.3))
    bars = ax.barh(
        [f"{k}: {names.get(k, '?')}" for k in labels], [counts[k] for k in labels], color=COLORS[0]
    )
    ax.bar_label(
        bars, [f" {counts[k]:,} ({counts[k] / sum(counts.values()):.1%})" for k in labels], fontsize=8
    )
    ax.set(xscale="log", xlabel="images (logarithmic)", xlim=(1, max(counts.values()) * 6))
    ax.invert_yaxis()
    return credit(figure, source)


#: Statistics of an image as labels of axes; others are named as they are.
_STATISTICS = {
    "mean": "mean, grey levels",
    "std": "std, grey levels",
    "min": "min, grey levels",
    "max": "max, grey levels",
    "defect_area_percent": "defect's area, %",
    "left_right": "right − left, grey levels",
    "top_bottom": "bottom − top, grey levels",
}


def range_comparison(table: pd.DataFrame, *, source: str) -> Figure:
    """Show the median and the 10–90 % range of two data sets, one panel a statistic, one line a class.

    ``table`` has the columns ``side`` ("real" or "twin"), ``label``, ``statistic``, ``low``, ``median``,
    ``high``.
    """
    statistics = list(dict.fromkeys(table.statistic))
    columns = 4
    rows = -(-len(statistics) // columns)
    figure, axes = plt.subplots(
        rows, columns, figsize=(7.5, 2.1 * rows + 0.3), sharey=True, squeeze=False, layout="constrained"
    )
    labels = sorted(table.label.unique())
    for ax, statistic in zip(axes.flat, statistics, strict=False):
        for offset, color, side in ((-0.17, GREY, "real"), (0.17, COLORS[5], "twin")):
            part = table[(table.statistic == statistic) & (table.side == side)].set_index("label")
            y = [labels.index(k) + offset for k in part.index]
            ax.hlines(y, part.low, part.high, color=color, lw=2.5, alpha=0.6)
            ax.plot(part["median"], y, "o", color=color, ms=4, label=side)
        ax.set(
            xlabel=_STATISTICS.get(statistic, statistic.replace("_", " ")),
            yticks=range(len(labels)),
            yticklabels=labels,
        )
    axes.flat[0].invert_yaxis()
    figure.legend(*axes.flat[0].get_legend_handles_labels(), loc="outside upper center", ncols=2, fontsize=8)
    for ax in axes[:, 0]:
        ax.set_ylabel("class")
    for ax in list(axes.flat)[len(statistics) :]:
        ax.set_axis_off()
    return credit(figure, source)


def preprocessing_steps(
    original: np.ndarray, resized: np.ndarray, normalized: np.ndarray, *, border: int | tuple, source: str
) -> Figure:
    """Show one image before the crop (with the border marked), after the resize, and after normalisation.

    ``border`` is that of :class:`semlib.sem.preprocess.Preprocess`.
    """
    figure, axes = plt.subplots(2, 3, figsize=(7.5, 3.9), height_ratios=[2.6, 1], layout="constrained")
    h, w = original.shape
    picture(axes[0, 0], original, f"as stored, {w}×{h}", vmin=0, vmax=255)
    top, right, bottom, left = border if isinstance(border, tuple) else (border,) * 4
    kept = plt.Rectangle((left, top), w - left - right, h - top - bottom, fill=False, ec=COLORS[5], lw=1)
    axes[0, 0].add_patch(kept)
    side = resized.shape[0]
    picture(axes[0, 1], resized, f"cropped by {border} px, bicubic to {side}×{side}", vmin=0, vmax=255)
    picture(axes[0, 2], normalized, "normalised to [0, 1]", vmin=0, vmax=1)
    for ax, image, top in zip(axes[1], (original, resized, normalized), (255, 255, 1), strict=True):
        ax.hist(np.ravel(image), bins=64, range=(0, top), color=GREY, log=True)
        ax.set(yticks=[], xlabel=f"grey value, 0 to {top}")
        ax.spines["left"].set_visible(False)
    axes[1, 0].set_ylabel("pixels (log)", fontsize=8)
    return credit(figure, source)


def normalization_modes(images: Mapping[str, Sequence[np.ndarray]], *, source: str) -> Figure:
    """Show the same images under several normalisations: a row of images and one histogram a mode."""
    n = len(next(iter(images.values())))
    figure, axes = plt.subplots(
        len(images),
        n + 1,
        figsize=(7.5, 1.35 * len(images)),
        width_ratios=[1] * n + [1.6],
        layout="constrained",
    )
    for row, (mode, versions) in zip(axes, images.items(), strict=True):
        low, high = (-3, 3) if mode == "zscore" else (0, 1)
        for i, (ax, image) in enumerate(zip(row, versions, strict=False)):
            picture(ax, image, vmin=low, vmax=high)
            row[n].hist(
                np.ravel(image), bins=24, range=(low, high), histtype="step", color=COLORS[i], log=True
            )  # wide bins: stretched from 8 bits, a narrow one may hold no grey level
        row[0].set_ylabel(mode, rotation=0, ha="right", va="center")
        row[n].set(yticks=[], ylabel="pixels (log)")
        row[n].yaxis.label.set_fontsize(7.5)
        row[n].minorticks_off()
        row[n].spines["left"].set_visible(False)
        row[n].set_xlabel(
            "standard deviations from the mean" if mode == "zscore" else "grey, 0 to 1", fontsize=7.5
        )
    return credit(figure, source)


def pyramid_levels(levels: Sequence[np.ndarray], *, zoom: int, source: str) -> Figure:
    """Show an image at its pyramid levels: at true relative sizes above, the same central detail below.

    ``zoom`` is the side of the detail in pixels of L0.
    """
    figure = plt.figure(figsize=(7.5, 7.4), layout="constrained")
    above, below = figure.subfigures(2, 1, height_ratios=[1.75, 1])  # so high that the width decides
    sides = [image.shape[0] for image in levels]
    axes = above.subplots(1, len(levels), width_ratios=sides)
    for k, (ax, image) in enumerate(zip(axes, levels, strict=True)):
        picture(ax, image, f"L{k}: {sides[k]}×{sides[k]}", vmin=0, vmax=1).set_anchor("S")
    for k, (ax, image) in enumerate(zip(below.subplots(1, len(levels)), levels, strict=True)):
        half, middle = zoom >> (k + 1), sides[k] // 2
        detail = image[middle - half : middle + half, middle - half : middle + half]
        picture(ax, detail, f"centre of L{k}: {2 * half}×{2 * half}", vmin=0, vmax=1)
    return credit(figure, source)


def image_row(
    images: Mapping[str, np.ndarray], *, grey: tuple[float, float] = (0, 255), source: str
) -> Figure:
    """Show images in a row, each under its name; ``grey`` is the range from black to white."""
    figure, axes = plt.subplots(1, len(images), figsize=(7.5, 1.6), layout="constrained")
    for ax, (name, image) in zip(axes, images.items(), strict=True):
        picture(ax, image, name, vmin=grey[0], vmax=grey[1])
    return credit(figure, source)


def power_spectra(levels: Mapping[str, np.ndarray], *, source: str) -> Figure:
    """Show the mean power of images by spatial frequency, in cycles per side of the image."""
    figure, ax = plt.subplots(figsize=(7.5, 3), layout="constrained")
    for name, images in levels.items():
        side = images.shape[1]
        window = np.hanning(side)[:, None] * np.hanning(side)  # else the edges of the frame add power
        centred = images - images.mean((1, 2), keepdims=True)
        power = (np.abs(np.fft.rfft2(centred * window)) ** 2).mean(0) / side**4
        radius = np.hypot(np.fft.fftfreq(side)[:, None], np.fft.rfftfreq(side)) * side
        ring = np.rint(radius).astype(int)
        mean = np.bincount(ring.ravel(), power.ravel()) / np.bincount(ring.ravel())
        frequencies = np.arange(1, side // 2)
        ax.loglog(frequencies, mean[frequencies], label=f"{name}, {side}×{side}")
    ax.set(xlabel="spatial frequency (cycles per image side)", ylabel="mean power")
    ax.legend()
    return credit(figure, source)
