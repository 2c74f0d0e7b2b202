"""Paper 1's method as drawings, read from the code: the layers, and the whole way of an image (Fig. 1)."""

from __future__ import annotations

from inspect import signature

import matplotlib.pyplot as plt
import numpy as np
import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from torch import nn

from semlib.plots._draw import arrow, box, dot, heading, note, small_image
from semlib.plots.style import COLORS, GREY, credit
from semlib.sem.evaluate import evaluate_clustering
from semlib.sem.model import Encoder, ProjectionHead, level_pairs
from semlib.sem.preprocess import Preprocess
from semlib.sem.pyramid import pyramid
from semlib.sem.train import TrainConfig

ENCODER, HEAD, LOSS = COLORS[0], COLORS[1], COLORS[5]
LEVELS = (COLORS[2], COLORS[4], COLORS[3], COLORS[6], COLORS[7])


def encoder_drawing(encoder: Encoder, head: ProjectionHead, *, size: int) -> Figure:
    """Draw the layers with the sizes of their outputs for a size×size image, read from the models."""
    boxes = [("image", f"{size}×{size}×1", 0)]
    *shapes, z, p = _outputs(encoder, head, size)
    for i, (block, (c, h, w)) in enumerate(zip(encoder.blocks, shapes, strict=True), 1):
        boxes.append((f"block {i}", f"{h}×{w}×{c}", _weights(block)))
    boxes.append(("average pool", f"{shapes[-1][0]}", 0))
    boxes.append(("linear → z", f"{z[0]}", _weights(encoder.linear)))
    boxes.append(("head → p", f"{p[0]}", _weights(head)))
    figure, ax = plt.subplots(figsize=(7.5, 1.7), layout="constrained")
    for i, (name, shape, count) in enumerate(boxes):
        box(ax, (1.25 * i, 0), (1, 1), HEAD if "head" in name else ENCODER)
        ax.text(1.25 * i + 0.5, 0.68, name, ha="center", va="center", fontsize=7.5, weight="bold")
        ax.text(1.25 * i + 0.5, 0.34, shape, ha="center", va="center", fontsize=8)
        weights = f"{count:,} weights" if count else ""
        ax.text(1.25 * i + 0.5, -0.2, weights, ha="center", fontsize=7.5, color=GREY)
        if i:
            arrow(ax, (1.25 * i - 0.25, 0.5), (1.25 * i, 0.5))
    ax.set(xlim=(-0.05, 1.25 * len(boxes) - 0.2), ylim=(-0.35, 1.1))
    ax.set_axis_off()
    return credit(figure, "the code (semlib.sem.model)")


def method_drawing(
    encoder: Encoder,
    head: ProjectionHead,
    config: TrainConfig,
    step: Preprocess,
    image: np.ndarray,
    *,
    source: str,
) -> Figure:
    """Draw the whole method, the paper's Fig. 1: preprocessing, pyramid, encoder, training, use.

    Every size, count and setting is read from the arguments.

    Parameters
    ----------
    encoder, head : Encoder, ProjectionHead
    config : TrainConfig
    step : Preprocess
    image : ndarray (H, W)
        As stored; it is drawn at each step.
    """
    figure, ax = plt.subplots(figsize=(7.5, 8.05), layout="constrained")
    ax.set(xlim=(0, 15), ylim=(-0.1, 16), aspect="equal")
    ax.set_axis_off()
    views = [level[0, 0].numpy() for level in pyramid(step([image]), levels=config.levels)]
    _views_row(ax, image, views, step, y=12.9)
    _layers_row(ax, encoder, head, views, y=8.6)
    _training_row(ax, views, config, y=2.5)
    _use_row(ax, views, encoder, y=0)
    return credit(figure, f"the code (semlib.sem); image: {source}")


def _views_row(ax: Axes, image: np.ndarray, views: list[np.ndarray], step: Preprocess, *, y: float) -> None:
    """Draw (a) preprocessing and (b) the pyramid, the views at their relative sizes."""
    heading(ax, (0, y + 2.85), "a", "preprocessing")
    small_image(ax, image, (0, y), 2.5)
    note(ax, (1.25, y - 0.3), f"as stored, {image.shape[0]}×{image.shape[1]}")
    sides = step.border if isinstance(step.border, int) else "/".join(map(str, step.border))
    for i, text in enumerate(
        (f"crop {sides} px a side", f"bicubic to {step.size}×{step.size}", f"normalise: {step.normalize}")
    ):
        note(ax, (4.05, y + 2.05 - 0.42 * i), text)
    arrow(ax, (2.7, y + 0.8), (5.4, y + 0.8))
    heading(ax, (5.6, y + 2.85), "b", f"pyramid of {len(views)} views, each half as large, by area means")
    x, full = 5.6, views[0].shape[0]
    for k, view in enumerate(views):
        side = 2.5 * view.shape[0] / full
        small_image(ax, view, (x, y), side, LEVELS[k])
        text = f"L{k}\n{view.shape[0]}×{view.shape[1]}"
        ax.text(x + side + 0.15, y + min(side, 2.2) / 2, text, fontsize=8, va="center", color="black")
        x += side + 1.9


def _layers_row(
    ax: Axes, encoder: Encoder, head: ProjectionHead, views: list[np.ndarray], *, y: float
) -> None:
    """Draw (c) the layers: a slab is as high as its maps (in steps of halves) and as deep as its channels."""
    total = _weights(encoder)
    heading(ax, (0, y + 3.25), "c", f"encoder f, {total:,} weights, shared by all views")
    sizes = [_outputs(encoder, head, view.shape[0]) for view in views]
    x = 1.0  # where the last thing ended
    small_image(ax, views[0], (0, y + 0.75), x)
    for i, block in enumerate(encoder.blocks):
        shape = [size[i] for size in sizes]
        width, height = 0.3 + shape[0][0] / 90, 2.3 - 0.55 * i
        arrow(ax, (x + 0.08, y + 1.25), (x + 0.62, y + 1.25))
        box(ax, (x + 0.7, y + 1.25 - height / 2), (width, height), ENCODER)
        middle, x = x + 0.7 + width / 2, x + 0.7 + width
        ax.text(middle, y + 1.25, f"{shape[0][0]}", ha="center", va="center", fontsize=8, weight="bold")
        for k, (_, h, w) in enumerate(shape):
            note(ax, (middle, y - 0.32 - 0.36 * k), f"L{k}: {h}×{w}", size=6.5)
        note(ax, (middle, y + 1.25 + height / 2 + 0.22), f"block {i + 1}: {_weights(block):,}", size=7)
    conv = encoder.blocks[0][0]
    (kernel, _), (stride, _), (padding, _) = conv.kernel_size, conv.stride, conv.padding
    text = f"a block: convolution {kernel}×{kernel}, stride {stride}, padding {padding}; batch norm; ReLU"
    ax.text(0, y - 1.55, text, fontsize=7.5, color=GREY, va="center")
    channels, (dim,) = sizes[0][-3][0], sizes[0][-2]
    for name, count, weights, color in (
        ("mean over\nall places", channels, 0, ENCODER),
        ("linear", dim, _weights(encoder.linear), ENCODER),
    ):
        arrow(ax, (x + 0.08, y + 1.25), (x + 0.62, y + 1.25))
        x = _vector(ax, (x + 0.7, y), name, count, weights, color)
    ax.text(x + 0.18, y + 1.25, "z", fontsize=11, weight="bold", va="center")
    arrow(ax, (x + 0.55, y + 1.25), (x + 1.05, y + 1.25), HEAD)
    x += 1.1
    heading(ax, (x, y + 3.25), "", f"head g, {_weights(head):,} weights")
    for layer in head:
        name = {nn.Linear: "linear", nn.BatchNorm1d: "norm", nn.ReLU: "ReLU"}[type(layer)]
        width = getattr(layer, "out_features", 0) or getattr(layer, "num_features", 0)
        x = _vector(ax, (x, y), name, width, _weights(layer), HEAD) + 0.28
    ax.text(x, y + 1.25, "p", fontsize=11, weight="bold", va="center")


def _vector(ax: Axes, at: tuple[float, float], name: str, n: int, weights: int, color: str) -> float:
    """Draw a layer that gives a vector; return where it ends."""
    x, y = at
    box(ax, (x, y + 0.25), (0.6, 2.0), color)
    ax.text(x + 0.3, y + 1.25, f"{n}" if n else "", ha="center", va="center", fontsize=7.5, weight="bold")
    note(ax, (x + 0.3, y + 2.52), f"{weights:,}" if weights else "", size=6.5)
    note(ax, (x + 0.3, y - 0.1), name, size=6.5, va="top")
    return x + 0.6


def _training_row(ax: Axes, views: list[np.ndarray], config: TrainConfig, *, y: float) -> None:
    """Draw (d) a step of training: which p is pulled to which z, and where no gradient goes."""
    pairs = level_pairs(config.pairs, config.levels)
    text = (
        f"training: Adam, lr {config.lr:g}, batches of {config.batch_size}, {config.epochs} epochs, no labels"
    )
    heading(ax, (0, y + 3.85), "d", text)
    n, full = len(views), views[0].shape[0]
    height = [y + 2.95 - 2.75 * k / max(1, n - 1) for k in range(n)]
    parts = [(2.1, "encoder f", ENCODER), (5.6, "head g", HEAD)]
    for x, name, color in parts[: 1 + config.head]:
        box(ax, (x, y - 0.1), (1.5, 3.35), color)
        ax.text(x + 0.75, y + 1.6, f"{name}\n(shared)", ha="center", va="center", fontsize=8.5)
    for k, h in enumerate(height):
        side = max(0.35, 1.0 * views[k].shape[0] / full)
        small_image(ax, views[k], (1.0 - side, h - side / 2), side, LEVELS[k])
        arrow(ax, (1.1, h), (2.05, h))
        arrow(ax, (3.65, h), (4.15, h))
        dot(ax, (4.5, h), f"$z_{k}$", LEVELS[k])
        arrow(ax, (4.85, h), (5.55, h) if config.head else (7.65, h))
        if config.head:
            arrow(ax, (7.15, h), (7.65, h))
        dot(ax, (8.0, h), f"$p_{k}$" if config.head else f"$z_{k}$", LEVELS[k])
        dot(ax, (11.4, h), f"$z_{k}$", LEVELS[k], hollow=config.stop_gradient)
    for j, k in pairs:
        arrow(ax, (8.37, height[j]), (11.0, height[k]), LOSS, "-|>", lw=1.1)
    low, mark = (
        y - 0.45,
        "stop-gradient: a copy of z, a fixed target" if config.stop_gradient else "the same z",
    )
    line = {"color": GREY, "lw": 1, "ls": "--" if config.stop_gradient else "-"}
    ax.plot([4.5, 4.5, 11.4], [height[-1] - 0.35, low, low], **line)
    arrow(ax, (11.4, low), (11.4, height[-1] - 0.4))
    if config.stop_gradient:
        for shift in (-0.07, 0.07):
            ax.plot([6.25 + shift - 0.08, 6.25 + shift + 0.08], [low - 0.17, low + 0.17], color=LOSS, lw=1.6)
    ax.text(6.7, low - 0.12, mark, fontsize=7.5, va="top", color=GREY)
    note(ax, (13.45, y + 2.75), "loss of a pair (j, k)", size=8)
    first, target = "p" if config.head else "z", r"\mathrm{sg}(z_k)" if config.stop_gradient else "z_k"
    ax.text(13.45, y + 2.2, rf"$1-\cos({first}_j,\,{target})$", ha="center", va="center", fontsize=9.5)
    note(ax, (13.45, y + 1.65), f"mean of {len(pairs)} pairs", size=8)
    arrow(ax, (14.6, y + 0.75), (12.2, y + 0.75), LOSS, lw=2)
    note(
        ax,
        (13.45, y + 0.4),
        "the gradient goes back\nalong the orange arrows,\nhead g and encoder f",
        size=7,
        va="top",
    )


def _use_row(ax: Axes, views: list[np.ndarray], encoder: Encoder, *, y: float) -> None:
    """Draw (e) what is done with the trained encoder."""
    k = signature(evaluate_clustering).parameters["k"].default
    heading(ax, (0, y + 1.35), "e", "afterwards: the head is removed, L0 only")
    small_image(ax, views[0], (0, y), 1.0, LEVELS[0])
    arrow(ax, (1.1, y + 0.5), (2.05, y + 0.5))
    for x, width, text, color in (
        (2.1, 1.5, "encoder f", ENCODER),
        (4.15, 2.3, f"$z_0$: {encoder.linear.out_features} numbers", LEVELS[0]),
        (7.0, 2.3, f"K-means, k = {k}", GREY),
        (9.85, 5.1, "silhouette; NMI with the labels", GREY),
    ):
        box(ax, (x, y + 0.1), (width, 0.8), color)
        ax.text(x + width / 2, y + 0.5, text, ha="center", va="center", fontsize=8)
        if x > 2.1:
            arrow(ax, (x - 0.5, y + 0.5), (x - 0.05, y + 0.5))


def _outputs(encoder: Encoder, head: ProjectionHead, size: int) -> list[tuple[int, ...]]:
    """Return the shapes of each block's output, of z and of p for one size×size image."""
    shapes, x = [], torch.zeros(1, 1, size, size)
    with torch.inference_mode():
        for block in encoder.eval().blocks:
            x = block(x)
            shapes.append(tuple(x.shape[1:]))
        z = encoder.linear(encoder.pool(x).flatten(1))
        return [*shapes, tuple(z.shape[1:]), tuple(head.eval()(z).shape[1:])]


def _weights(module: nn.Module) -> int:
    return sum(p.numel() for p in module.parameters())
