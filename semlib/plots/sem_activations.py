"""Where the encoder looks: channels of its last block, and what each place adds to the embedding."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from semlib.plots.style import COLORS, GREY, credit, picture
from semlib.sem.attribution import Window


def channel_maps(
    image: np.ndarray,
    activations: Mapping[str, np.ndarray],
    channels: Mapping[str, Sequence[int]],
    window: Window,
    *,
    source: str,
) -> Figure:
    """Show one image, and a row a network: the mean over its channels, then single channels.

    Parameters
    ----------
    image : ndarray (S, S)
    activations : mapping of str to ndarray (C, h, w)
        By network, from :func:`semlib.sem.attribution.activation_maps`.
    channels : mapping of str to sequence of int
        The single channels to show, as many for each network.
    window : Window
        What one place sees; drawn to scale in the image.
    """
    columns = 2 + len(next(iter(channels.values())))
    figure, axes = plt.subplots(
        len(activations), columns, figsize=(7.5, 1.32 * len(activations) + 0.3), layout="constrained"
    )
    axes = np.reshape(axes, (len(activations), columns))
    for row, (name, maps) in zip(axes, activations.items(), strict=True):
        picture(row[0], image, "image")
        _window_mark(row[0], len(image), window)
        row[0].set_ylabel(name)
        shown = {"mean of channels": maps.mean(0)} | {f"channel {c}": maps[c] for c in channels[name]}
        for ax, (title, values) in zip(row[1:], shown.items(), strict=True):
            picture(ax, values, cmap="magma", extent=_extent(values, window))
            ax.set(xlim=(-0.5, len(image) - 0.5), ylim=(len(image) - 0.5, -0.5))
            ax.set_title(title, fontsize=7.5)
    return credit(figure, source)


def contribution_overlays(
    pixels: np.ndarray,
    maps: Mapping[str, np.ndarray],
    window: Window,
    names: Sequence[str],
    masks: np.ndarray | None = None,
    *,
    source: str,
    label: str = "share of the distance from the mean embedding, per place",
) -> Figure:
    """Show images (rows) with what each place adds laid over them, a column a map.

    Parameters
    ----------
    pixels : ndarray (n, S, S)
    maps : mapping of str to ndarray (n, h, w)
        From :func:`semlib.sem.attribution.contribution_maps`. Each map is divided by its own sum, so that it
        sums to 1.
    window : Window
        Where the places lie in the image.
    names : sequence of str
        What the rows are called.
    masks : ndarray of bool (n, S, S), optional
        Drawn as outlines.
    """
    figure, axes = plt.subplots(
        len(pixels),
        1 + len(maps),
        figsize=(7.5, 7.0 / (1 + len(maps)) * len(pixels) + 0.6),
        squeeze=False,
        layout="constrained",
    )
    shares = {name: m / m.sum((1, 2), keepdims=True) for name, m in maps.items()}
    most = np.quantile(np.abs(np.stack(list(shares.values()))), 0.995)
    for i, row in enumerate(axes):
        picture(row[0], pixels[i]).set_ylabel(names[i], fontsize=8)
        for ax, values in zip(row[1:], shares.values(), strict=True):
            picture(ax, pixels[i])
            drawn = ax.imshow(
                values[i],
                extent=_extent(values[i], window),
                cmap="RdBu_r",
                vmin=-most,
                vmax=most,
                alpha=0.65,
            )
            ax.set(xlim=(-0.5, pixels.shape[2] - 0.5), ylim=(pixels.shape[1] - 0.5, -0.5))
        for ax in row:
            if masks is not None and masks[i].any():
                ax.contour(masks[i], levels=[0.5], colors="black", linewidths=0.7)
    _window_mark(axes[0, 0], pixels.shape[1], window)
    for ax, title in zip(axes[0], ["image", *maps], strict=True):
        ax.set_title(title, fontsize=8.5)
    figure.colorbar(drawn, ax=axes, label=label, location="bottom", shrink=0.5, aspect=40)
    return credit(figure, source)


def inside_scatter(
    shares: Mapping[str, tuple[np.ndarray, np.ndarray]], labels: np.ndarray | None, *, source: str
) -> Figure:
    """Show, a dot an image, the share of a map on the defect over the defect's share of the area.

    Parameters
    ----------
    shares : mapping of str to (share, chance)
        By map, from :func:`semlib.sem.defect_masks.inside_share`. Images without a defect (NaN) are left out.
    labels : ndarray (N,), optional
        Colour the dots.
    """
    figure, axes = plt.subplots(
        1, len(shares), figsize=(7.5, 2.9), squeeze=False, sharex=True, sharey=True, layout="constrained"
    )
    for ax, (name, (share, chance)) in zip(axes[0], shares.items(), strict=True):
        for label, color in _classes(labels):
            part = np.isfinite(share) & (True if label is None else labels == label)
            if part.any():
                ax.scatter(chance[part], share[part], s=12, color=color, alpha=0.75, lw=0, label=f"{label}")
        ax.axline((0, 0), slope=1, color=GREY, lw=0.8, ls="--")
        times = np.nanmedian(share / chance) if np.isfinite(share).any() else np.nan
        ax.set(title=f"{name}: {times:.1f} ×", xlabel="share of the area")
    # after the last panel: a limit that is set ends the fit of all panels to their dots
    axes[0, 0].set(xlim=(0, None), ylim=(0, None))
    axes[0, 0].set_ylabel("share of the map's strength")
    if labels is not None:
        _legend(figure, axes[0, 0])
    return credit(figure, source)


def against_grey(
    grey: np.ndarray, first: Mapping[str, np.ndarray], labels: np.ndarray | None, *, source: str
) -> Figure:
    """Show each image's place along the embedding's main direction over its mean grey; a panel a network."""
    figure, axes = plt.subplots(1, len(first), figsize=(7.5, 2.9), squeeze=False, layout="constrained")
    for ax, (name, values) in zip(axes[0], first.items(), strict=True):
        for label, color in _classes(labels):
            part = np.ones(len(grey), bool) if label is None else labels == label
            small = part.sum() < 0.1 * len(grey)
            style = {"s": 22, "ec": "black", "lw": 0.4, "zorder": 3} if small else {"s": 9, "lw": 0}
            ax.scatter(grey[part], values[part], color=color, label=f"{label}", **style)
        ax.set(title=name, xlabel="mean grey of the image, after normalisation", yticks=[])
    axes[0, 0].set_ylabel("main direction of z")
    if labels is not None:
        _legend(figure, axes[0, 0])
    return credit(figure, source)


def moves(
    values: Mapping[str, Mapping[str, np.ndarray]],
    labels: np.ndarray | None,
    *,
    source: str,
    classes: Sequence | None = None,
) -> Figure:
    """Show how far changes of the images move their embeddings; a panel a network, a row a change.

    Parameters
    ----------
    values : mapping of str to mapping of str to ndarray (n,)
        By network, by change: the distance moved by each image, 1 being the mean distance of two images.
    labels : ndarray (n,), optional
        Colour the dots.
    classes : sequence, optional
        All classes of the data, so that each has the colour that it has in other figures.
    """
    figure, axes = plt.subplots(
        1, len(values), figsize=(7.5, 2.9), squeeze=False, sharex=True, sharey=True, layout="constrained"
    )
    for ax, (network, changes) in zip(axes[0], values.items(), strict=True):
        for y, moved in enumerate(changes.values()):
            across = y + 0.5 * (np.arange(len(moved)) / max(1, len(moved) - 1) - 0.5)
            for label, color in _classes(labels, classes):
                part = np.ones(len(moved), bool) if label is None else labels == label
                if not part.any():
                    continue
                name = f"{label}" if y == 0 else None
                ax.scatter(moved[part], across[part], s=12, color=color, alpha=0.75, lw=0, label=name)
            ax.plot([np.median(moved)] * 2, [y - 0.35, y + 0.35], color="black", lw=1.5)
        ax.axvline(1, color=GREY, ls="--", lw=0.8)
        ax.set(title=network, yticks=range(len(changes)), yticklabels=changes)
    axes[0, 0].set_xlim(0, None)
    axes[0, 0].invert_yaxis()
    figure.supxlabel("distance moved; 1 (dashed): the mean distance between two images", fontsize=9)
    if labels is not None:
        _legend(figure, axes[0, 0])
    return credit(figure, source)


def _classes(labels: np.ndarray | None, classes: Sequence | None = None) -> list[tuple[object, str]]:
    found = [None] if labels is None else np.unique(labels if classes is None else classes)
    return [(label, COLORS[i % len(COLORS)]) for i, label in enumerate(found)]


def _legend(figure: Figure, ax: Axes) -> None:
    handles, names = ax.get_legend_handles_labels()
    figure.legend(handles, names, title="class", ncols=len(names), loc="outside upper center", fontsize=7.5)


def _extent(values: np.ndarray, window: Window) -> tuple[float, float, float, float]:
    """Return where a map lies in the image: each place around the middle of its window."""
    height, width = values.shape
    low = window.start - window.step / 2
    return low, low + window.step * width, low + window.step * height, low


def _window_mark(ax: Axes, side: int, window: Window) -> None:
    """Draw in a corner how much of the image one place sees."""
    at = (0.04 * side, 0.96 * side - window.size)
    ax.add_patch(plt.Rectangle(at, window.size, window.size, fc="none", ec=COLORS[7], lw=1.2))
