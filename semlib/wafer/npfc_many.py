"""NPFC for many maps: a list of results, or a table of numbers where the results would fill the memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, fields

import numpy as np
import pandas as pd
from joblib import Parallel, delayed
from numpy.typing import ArrayLike

from semlib.runtime import progress_bar
from semlib.wafer.maps import DEFECTIVE, check_map
from semlib.wafer.metrics import FilterScores, filter_scores
from semlib.wafer.npfc import make_options, run
from semlib.wafer.npfc_types import NpfcOptions, NpfcResult

_COLUMNS = ["num", "n_defects", "n_noise", "n_removed", "n_preliminary", "n_merged", "sd"]


def npfc_many(
    maps: Sequence[ArrayLike] | np.ndarray,
    *,
    n_jobs: int = 1,
    progress: bool = True,
    mode: str = "paper",
    **options,
) -> list[NpfcResult]:
    """Run `npfc` on many maps.

    Parameters
    ----------
    maps : sequence of array_like (H, W), or array (N, H, W)
        Maps of any sizes. All are checked before the first is computed.
    n_jobs : int, default 1
        Number of processes; -1 for all cores.
    progress : bool, default True
        Show a progress bar.
    mode, **options
        As for `npfc`.

    Returns
    -------
    list of NpfcResult
        In the order of ``maps``. A 52 x 52 map's result takes some 40 kB: for thousands see `npfc_table`.

    Raises
    ------
    ValueError
        A bad map; the message begins with its index, ``maps[3]``.
    """
    return list(_each(run, maps, n_jobs, progress, make_options(mode, options)))


def npfc_table(
    maps: Sequence[ArrayLike] | np.ndarray,
    *,
    filter_metrics: bool = False,
    n_jobs: int = 1,
    progress: bool = True,
    mode: str = "paper",
    **options,
) -> pd.DataFrame:
    """Run `npfc` on many maps and keep only numbers; no more than a few results are in memory at a time.

    Parameters
    ----------
    filter_metrics : bool, default False
        Add the columns ``mae``, ``nmse``, ``snr``, ``psnr`` of `filter_scores`.
    maps, n_jobs, progress, mode, **options
        As for `npfc_many`.

    Returns
    -------
    DataFrame
        One row for each map, in their order. Columns: ``num``; the numbers of defective dies ``n_defects``,
        ``n_noise`` and ``n_removed`` (noise included); the numbers of clusters ``n_preliminary`` and
        ``n_merged``; ``sd`` of the chosen ``num``, nan where there was no choice.
    """
    step = _row_with_scores if filter_metrics else _row
    rows = _each(step, maps, n_jobs, progress, make_options(mode, options))
    names = _COLUMNS + [field.name for field in fields(FilterScores)] * filter_metrics
    return pd.DataFrame(list(rows), columns=names).rename_axis("map")


def _each(step: Callable, maps: Sequence, n_jobs: int, progress: bool, options: NpfcOptions) -> Iterator:
    checked = [check_map(wafer_map, name=f"maps[{i}]") for i, wafer_map in enumerate(maps)]
    work = Parallel(n_jobs=n_jobs, return_as="generator")(delayed(step)(item, options) for item in checked)
    return progress_bar(work, total=len(checked), desc="NPFC", unit="map", progress=progress)


def _row(wafer_map: np.ndarray, options: NpfcOptions) -> dict[str, float]:
    return _numbers(wafer_map, run(wafer_map, options))


def _row_with_scores(wafer_map: np.ndarray, options: NpfcOptions) -> dict[str, float]:
    result = run(wafer_map, options)
    return _numbers(wafer_map, result) | asdict(filter_scores(wafer_map, result.filtered))


def _numbers(wafer_map: np.ndarray, result: NpfcResult) -> dict[str, float]:
    return {
        "num": result.num,
        "n_defects": int((wafer_map == DEFECTIVE).sum()),
        "n_noise": int(result.noise.sum()),
        "n_removed": int((wafer_map != result.filtered).sum()),
        "n_preliminary": int(result.preliminary.max()) + 1,
        "n_merged": int(result.merged.max()) + 1,
        "sd": next((score.sd for score in result.scores if score.num == result.num), np.nan),
    }
