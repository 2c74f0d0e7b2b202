"""NPFC for many maps, on all cores, one result after the other; or a table of numbers."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from itertools import islice
from typing import Any, Literal

import numpy as np
import pandas as pd
from joblib import Parallel, delayed, effective_n_jobs
from numpy.typing import ArrayLike

from semlib.runtime import progress_bar
from semlib.wafer._npfc_batches import Bad, batches
from semlib.wafer.npfc import make_options, run
from semlib.wafer.npfc_brief import NUMBERS, Batch, BatchResult, NpfcBrief, briefs, run_batch
from semlib.wafer.npfc_types import NpfcOptions, NpfcResult, PracticalOptions

_COLUMNS = ["num", "n_defects", "n_noise", "n_removed", "n_preliminary", "n_merged", "sd"]
_AHEAD = 8  # batches for each process that are read before their results are asked for


def npfc_many(
    maps: Iterable[ArrayLike] | np.ndarray,
    *,
    brief: bool = False,
    generator: bool = False,
    on_bad: Literal["raise", "skip"] = "raise",
    n_jobs: int = 1,
    progress: bool = True,
    mode: str = "paper",
    **options,
) -> list[NpfcResult | NpfcBrief | None] | Iterator[NpfcResult | NpfcBrief | None]:
    """Run `npfc` on many maps.

    Parameters
    ----------
    maps : iterable of array_like (H, W), or array (N, H, W)
        Maps of any sizes. They are read as they are needed, so that a generator of maps will do.
    brief : bool, default False
        Return `semlib.wafer.npfc_brief.NpfcBrief`: numbers, labels and the filtered map only, which takes far
        less time and memory.
    generator : bool, default False
        Return a generator in place of a list. Only some batches of maps and results are in memory at a time,
        also where the results are fetched slowly.
    on_bad : {"raise", "skip"}
        What a bad map does: it stops the run, or its result is None, the others go on, and a warning at the
        end names each.
    n_jobs : int, default 1
        Number of processes, or of threads where ``brief`` (the compiled loops need no GIL); -1 for all cores.
        ``joblib.parallel_config`` chooses any other backend, such as a Dask cluster.
    progress : bool, default True
        Show a progress bar.
    mode, **options
        As for `npfc`.

    Returns
    -------
    list, or generator, of NpfcResult or NpfcBrief
        In the order of ``maps``. A 52 x 52 map's `NpfcResult` takes some 40 kB.

    Raises
    ------
    ValueError
        A bad map; the message begins with its index, ``maps[3]``. Or an unknown ``on_bad``.
    """
    work = (run_batch, briefs) if brief else (_results, _as_they_are)
    found = _each(maps, *work, on_bad, n_jobs, progress, make_options(mode, options), threads=brief)
    return found if generator else list(found)


def npfc_table(
    maps: Iterable[ArrayLike] | np.ndarray,
    *,
    filter_metrics: bool = False,
    on_bad: Literal["raise", "skip"] = "raise",
    n_jobs: int = 1,
    progress: bool = True,
    mode: str = "paper",
    **options,
) -> pd.DataFrame:
    """Run `npfc` on many maps and keep only numbers; no more than a few batches are in memory at a time.

    Parameters
    ----------
    filter_metrics : bool, default False
        Add the columns ``mae``, ``nmse``, ``snr``, ``psnr`` of `filter_scores`.
    on_bad : {"raise", "skip"}
        What a bad map does: it stops the run, or the table has no row for it, and a warning names each.
    maps, n_jobs, progress, mode, **options
        As for `npfc_many` with ``brief``.

    Returns
    -------
    DataFrame
        One row for each map; the index counts them. Columns: ``num``; the numbers of defective dies
        ``n_defects``, ``n_noise`` and ``n_removed`` (noise included); the numbers of clusters
        ``n_preliminary`` and ``n_merged``; ``sd`` of the chosen ``num``, nan where there was no choice.
    """
    found = _each(maps, _numbers, _rows, on_bad, n_jobs, progress, make_options(mode, options), threads=True)
    kept = {i: row for i, row in enumerate(found) if row is not None}
    values = np.array(list(kept.values()), float).reshape(len(kept), len(NUMBERS) + 1)
    table = pd.DataFrame(values[:, :-1], columns=NUMBERS)
    table = table.astype({name: np.int64 for name in NUMBERS if name != "sd"})
    if filter_metrics:
        table = table.assign(**_filter_metrics(table, cells=values[:, -1]))
    names = _COLUMNS + ["mae", "nmse", "snr", "psnr"] * filter_metrics
    return table[names].set_index(pd.Index(list(kept), dtype=np.int64, name="map"))


def _filter_metrics(table: pd.DataFrame, cells: np.ndarray) -> dict[str, np.ndarray]:
    """Return `semlib.wafer.metrics.filter_scores` (eq. 11-14) from counts: every removed die differs by 1."""
    removed = table["n_removed"].to_numpy(float)
    nmse = removed / (table["n_good"] + 4 * table["n_defects"]).to_numpy(float)
    with np.errstate(divide="ignore"):
        snr, psnr = -10 * np.log10(nmse), 10 * np.log10(np.divide(4 * cells, removed))
    return {"mae": removed / cells, "nmse": nmse, "snr": snr, "psnr": psnr}


def _results(batch: Batch, options: NpfcOptions | PracticalOptions) -> list[NpfcResult]:
    ends = np.cumsum(batch.shapes.prod(axis=1))
    parts = np.split(batch.flat, ends[:-1])
    return [
        run(part.reshape(shape), options) for part, shape in zip(parts, batch.shapes.tolist(), strict=True)
    ]


def _as_they_are(batch: Batch, results: list[NpfcResult]) -> list[NpfcResult]:
    return results


def _numbers(batch: Batch, options: NpfcOptions | PracticalOptions) -> BatchResult:
    return run_batch(batch, options, pictures=False)


def _rows(batch: Batch, result: BatchResult) -> list[tuple[float, ...]]:
    return list(np.column_stack([result.numbers, batch.shapes.prod(axis=1)]))


def _each(
    maps: Iterable,
    work: Callable[[Batch, NpfcOptions | PracticalOptions], object],
    take_apart: Callable[[Batch, Any], list],
    on_bad: str,
    n_jobs: int,
    progress: bool,
    options: NpfcOptions | PracticalOptions,
    *,
    threads: bool,
) -> Iterator:
    """Yield what ``take_apart`` finds for each map in what ``work`` makes, in order; None for a bad one.

    Processes or threads do ``work``. The rest is done here: it makes Python objects, for which threads would
    wait for each other.
    """
    if on_bad not in ("raise", "skip"):
        raise ValueError(f"on_bad={on_bad!r} is not one of 'raise', 'skip'")
    total = len(maps) if isinstance(maps, Sequence | np.ndarray) or hasattr(maps, "__len__") else None
    return _run_all(maps, total, work, take_apart, on_bad, n_jobs, progress, options, threads)


def _run_all(maps, total, work, take_apart, on_bad, n_jobs, progress, options, threads) -> Iterator:
    jobs = effective_n_jobs(n_jobs)
    bad: list[Bad] = []
    parallel = Parallel(n_jobs=n_jobs, return_as="generator", prefer="threads" if threads else None)
    with parallel, progress_bar(total=total, desc="NPFC", unit="map", progress=progress) as bar:
        waiting = batches(maps, total, jobs, raising=on_bad == "raise")
        # In rounds: joblib would go on computing while nobody fetches the results
        while ahead := list(islice(waiting, _AHEAD * jobs)):
            tasks = (delayed(work)(part.batch, options) for part in ahead if len(part.batch.shapes))
            with closing(parallel(tasks)) as done:
                for part in ahead:
                    made = iter(take_apart(part.batch, next(done)) if len(part.batch.shapes) else ())
                    bad += [item for item in part.items if item is not None]
                    for item in part.items:
                        yield next(made) if item is None else None
                    bar.update(len(part.items))
    if bad:
        named = "; ".join(f"{item.error}" for item in bad[:20])
        more = f"; and {len(bad) - 20} more" if len(bad) > 20 else ""
        warnings.warn(f"{len(bad)} maps are bad and have no result: {named}{more}", stacklevel=3)
