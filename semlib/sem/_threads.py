"""Work on several threads whose results come in order; decoding and resizing images release the GIL."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from joblib import effective_n_jobs

from semlib.sem._checks import whole_number

T = TypeVar("T")
R = TypeVar("R")


def in_order(function: Callable[[T], R], items: Iterable[T], n_jobs: int | None = None) -> Iterator[R]:
    """Yield ``function(item)`` of each item in their order.

    The threads are never more than ``2 · n_jobs`` results ahead of who takes them, so that results do not
    pile up in memory. When the generator is closed, what has not begun does not begin.

    Parameters
    ----------
    function : callable
    items : iterable
    n_jobs : int, optional
        Threads; None or -1: one for each core.
    """
    if n_jobs not in (None, -1):
        whole_number("n_jobs", n_jobs, 1, ", or None or -1 for one thread for each core")
    n_jobs = effective_n_jobs(-1 if n_jobs is None else n_jobs)
    pool = ThreadPoolExecutor(n_jobs)
    ahead: deque = deque()
    try:
        for item in items:
            ahead.append(pool.submit(function, item))
            if len(ahead) > 2 * n_jobs:
                yield ahead.popleft().result()
        while ahead:
            yield ahead.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)
