"""Figures of paper 1 at the paper's scale that are drawn from recorded results."""

from __future__ import annotations

from collections.abc import Mapping

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.figure import Figure

from semlib.plots.style import COLORS, GREY, credit


def training(history: Mapping[str, pd.DataFrame], *, dim: int, source: str) -> Figure:
    """Show loss, spread and effective rank by epoch, over several seeds.

    Parameters
    ----------
    history : mapping of str to DataFrame
        "mean", "min" and "max" over the seeds of :class:`semlib.sem.train.Training`'s history, by epoch.
    dim : int
        Length of the embedding.
    source : str
        The data, written below.
    """
    panels = {"loss": ("cross-scale loss", None), "spread": ("spread", 1)}
    panels["effective_rank"] = ("effective rank", dim)
    figure, axes = plt.subplots(1, 3, figsize=(7.5, 2.6), layout="constrained")
    epochs = history["mean"].epoch
    for ax, (name, (title, most)) in zip(axes, panels.items(), strict=True):
        ax.fill_between(epochs, history["min"][name], history["max"][name], color=COLORS[0], alpha=0.25, lw=0)
        ax.plot(epochs, history["mean"][name], "o-", ms=3, color=COLORS[0])
        if most is not None:
            ax.axhline(most, color=GREY, ls=":", lw=1)
        ax.set(ylabel=title, xlabel="epoch", ylim=(0, None))
        ax.xaxis.get_major_locator().set_params(integer=True)
    return credit(figure, source)
