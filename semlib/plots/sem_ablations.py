"""The figures of collapse, of the ablations, and of the two precisions. Each function returns its figure."""

from __future__ import annotations

from collections.abc import Mapping

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from semlib.plots.style import COLORS, GREY, credit

TITLES = {
    "spread": "spread",
    "effective_rank": "effective rank",
    "silhouette": "silhouette",
    "nmi": "NMI with the labels",
    "ami": "AMI with the labels",
    "loss": "loss",
}
_RANKS = [1, 2, 5, 10, 20, 50]


def collapse_curves(
    history: pd.DataFrame,
    *,
    dim: int,
    before: Mapping[str, float],
    after: Mapping[str, float],
    source: str,
) -> Figure:
    """Show the loss of each pair of levels, the spread and the effective rank of the embeddings, by epoch.

    ``before`` and ``after`` hold ``spread`` and ``effective_rank`` of all images in evaluation mode, by the
    untrained and by the finished encoder (:func:`semlib.sem.collapse.diagnostics`).
    """
    figure, axes = plt.subplots(1, 3, figsize=(7.5, 3), layout="constrained")
    pairs = [name for name in history if name.startswith("loss ")]
    for i, name in enumerate(pairs):
        axes[0].plot(history.epoch, history[name], lw=1.2, color=COLORS[i % len(COLORS)], label=name[5:])
    axes[0].legend(title="p of → z of", fontsize=7, title_fontsize=7, ncols=2)
    for ax, name in ((axes[1], "spread"), (axes[2], "effective_rank")):
        ax.plot(history.epoch, history[name], "o-", ms=3, label="while training, by batch")
        ax.axhline(before[name], color=GREY, ls=":", lw=1.3, label="untrained encoder, all images")
        ax.plot(
            history.epoch.iloc[-1],
            after[name],
            "D",
            mfc="none",
            color=COLORS[5],
            label="finished, all images",
        )
    names = ("loss by pair of levels", "spread (1: all directions)", f"effective rank (at most {dim})")
    for ax, name in zip(axes, names, strict=True):
        ax.set(ylabel=name, xlabel="epoch", ylim=(0, None))
        ax.xaxis.get_major_locator().set_params(integer=True)
    handles, labels = axes[1].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper right", ncols=3, fontsize=7.5)
    return credit(figure, source)


def ablation_curves(rows: pd.DataFrame, groups: Mapping[str, str], *, reference: str, source: str) -> Figure:
    """Show spread and effective rank during training: a column a group of ablations, one line each.

    Parameters
    ----------
    rows : DataFrame
        From :func:`semlib.sem.ablations.training_rows`; lines are means over its seeds.
    groups : mapping of str to str
        The group of each ablation; the reference is in every column, in black.
    """
    names = list(dict.fromkeys(groups[name] for name in rows.ablation.unique() if name != reference))
    figure, axes = plt.subplots(
        2, len(names), figsize=(7.5, 5.6), sharex=True, sharey="row", squeeze=False, layout="constrained"
    )
    means = rows.groupby(["ablation", "epoch"], sort=False)[["spread", "effective_rank"]].mean()
    for column, group in zip(axes.T, names, strict=True):
        for i, name in enumerate(n for n in rows.ablation.unique() if groups[n] == group):
            for ax, measure in zip(column, ("spread", "effective_rank"), strict=True):
                line = means.loc[name][measure]
                style = "--" if i % 3 == 2 else "-"  # two lines may lie on each other
                ax.plot(line.index, line, ls=style, color=COLORS[i % (len(COLORS) - 1)], lw=1.4, label=name)
        for ax, measure in zip(column, ("spread", "effective_rank"), strict=True):
            line = means.loc[reference][measure]
            ax.plot(line.index, line, color="black", lw=1.8, label=reference)
        column[0].set(title=group)
        column[1].set(xlabel="epoch", yscale="log")
        column[1].xaxis.get_major_locator().set_params(integer=True)
        column[1].legend(fontsize=6.5, loc="upper center", bbox_to_anchor=(0.5, -0.25), handlelength=1.4)
    axes[0, 0].set(ylabel="spread", ylim=(0, 1.08 * means.spread.max()))
    axes[1, 0].set(ylabel="effective rank", ylim=(0.9, 1.3 * means.effective_rank.max()))
    axes[1, 0].set_yticks(_RANKS, _RANKS)
    axes[1, 0].minorticks_off()
    return credit(figure, source)


def ablation_dots(table: pd.DataFrame, *, reference: str, source: str) -> Figure:
    """Show spread, effective rank, silhouette and NMI by ablation, beside the untrained encoder's.

    ``table`` is from :func:`semlib.sem.ablations.ablation_table`. Bars: the reference's value plus the 95 %
    interval of the paired change.
    """
    measures = [m for m in ("spread", "effective_rank", "silhouette", "nmi") if m in table]
    figure, axes = plt.subplots(
        1,
        len(measures),
        figsize=(7.5, 0.22 * len(table) + 1.2),
        sharey=True,
        squeeze=False,
        layout="constrained",
    )
    y = np.arange(len(table))
    for ax, measure in zip(axes[0], measures, strict=True):
        base = table.loc[reference, measure]
        ax.axvline(base, color="black", lw=0.8, zorder=0)
        low, high = (base + table[f"{measure}_change_{end}"] for end in ("low", "high"))
        ax.hlines(y, low, high, color=COLORS[0], lw=3, alpha=0.35)
        ax.plot(
            table[f"{measure}_untrained"], y, "o", mfc="none", color=GREY, ms=5, label="untrained encoder"
        )
        ax.plot(table[measure], y, "o", color=COLORS[0], ms=5, label="after training")
        ax.set(xlabel=TITLES[measure], xlim=(min(0, table[measure].min()), None))
        ax.xaxis.get_major_locator().set_params(nbins=3)
        ax.grid(axis="x", alpha=0.3)
        _bands(ax, table.group)
    axes[0, 0].set(yticks=y, yticklabels=table.index, ylim=(len(table) - 0.5, -0.5))
    figure.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside upper center", ncols=2, fontsize=8)
    return credit(figure, source)


def _bands(ax: Axes, groups: pd.Series) -> None:
    """Shade every second group of rows."""
    starts = np.flatnonzero((groups != groups.shift()).to_numpy())
    for i, (start, end) in enumerate(zip(starts, [*starts[1:], len(groups)], strict=True)):
        if i % 2:
            ax.axhspan(start - 0.5, end - 0.5, color="#f2f2f2", zorder=-1, lw=0)


def rank_and_silhouette(rows: pd.DataFrame, *, mean_grey: float | None, source: str) -> Figure:
    """Show silhouette, and NMI if there is one, against the effective rank: a dot a run.

    Hollow: the untrained encoders. ``mean_grey`` is the silhouette of one number an image, which has rank 1.
    """
    measures = [m for m in ("silhouette", "nmi") if m in rows]
    figure, axes = plt.subplots(1, len(measures), figsize=(7.5, 3.6), squeeze=False, layout="constrained")
    for ax, measure in zip(axes[0], measures, strict=True):
        start = rows[["untrained_effective_rank", f"untrained_{measure}"]].drop_duplicates()
        ax.plot(*start.to_numpy().T, "o", mfc="none", color=GREY, ms=4.5, label="untrained encoder")
        for i, (group, part) in enumerate(rows.groupby("group", sort=False)):
            style = {"marker": "D", "color": "black"} if group == "reference" else {"color": COLORS[i - 1]}
            name = "as the paper" if group == "reference" else group
            ax.scatter(part.effective_rank, part[measure], s=20, lw=0, alpha=0.85, label=name, **style)
        if measure == "silhouette" and mean_grey is not None:
            ax.plot(1, mean_grey, "*", color=COLORS[5], ms=11, label="mean grey, one number")
        ax.set(xlabel="effective rank (log)", ylabel=TITLES[measure], xscale="log")
        ax.set_xticks(_RANKS, _RANKS)
        ax.minorticks_off()
    figure.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside upper center", ncols=4, fontsize=8)
    return credit(figure, source)


def precision_dots(
    scores: pd.DataFrame, table: pd.DataFrame, agreement: pd.DataFrame, *, variant: str, source: str
) -> Figure:
    """Show what bf16 changes, in units of what another seed changes; and how far clusters agree.

    Left: bf16 less float32 of the same seed (dots) and their mean (bar), over the half width of float32's
    seed interval; the band is that interval. Right: the ARI of two clusterings.
    """
    figure, (left, right) = plt.subplots(1, 2, figsize=(7.5, 3), width_ratios=(3, 2), layout="constrained")
    y = np.arange(len(table))
    half = (table["float32_high"] - table["float32_low"]) / 2
    left.axvspan(-1, 1, color=COLORS[0], alpha=0.12, lw=0, label="seed interval of float32")
    left.axvline(0, color=GREY, lw=0.8)
    for i, measure in enumerate(table.index):
        values = scores.pivot(index="seed", columns="variant", values=measure)
        relative = (values[variant] - values["float32"]) / half[measure]
        left.plot(relative, np.full(len(relative), i), "o", color=COLORS[0], ms=4, alpha=0.7)
    left.plot(table.difference / half, y, "|", color="black", ms=15, mew=2, label="mean")
    left.set(yticks=y, yticklabels=[TITLES[m] for m in table.index], ylim=(len(table) - 0.5, -0.5))
    left.set(xlabel="bf16 − float32, in half widths of the seed interval")
    left.legend(fontsize=7.5, loc="upper center", bbox_to_anchor=(0.5, 1.17), ncols=2)
    kinds = list(agreement.pair.unique())
    for i, kind in enumerate(kinds):
        values = agreement.ari[agreement.pair == kind]
        right.plot(values, np.full(len(values), i), "o", color=COLORS[i], ms=4, alpha=0.7)
        right.plot(values.mean(), i, "|", color="black", ms=15, mew=2)
    names = [kind.replace(" and ", "\nand ").replace(", ", ",\n") for kind in kinds]
    right.set(yticks=range(len(kinds)), yticklabels=names, ylim=(len(kinds) - 0.5, -0.5), xlim=(0, 1.02))
    right.set(xlabel="ARI of the clusters with float32's")
    return credit(figure, source)
