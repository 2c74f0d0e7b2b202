"""Results of threads in order, a little ahead of who takes them and no more."""

import threading

import pytest

from semlib.sem._threads import in_order


@pytest.mark.parametrize("n_jobs", [1, 2, 5, -1, None])
def test_order(n_jobs):
    waits = {0: threading.Event()}

    def square(i):
        if i == 0 and n_jobs == 2:
            waits[0].wait(5)  # until a later one is done
        if i == 1:
            waits[0].set()
        return i * i

    assert list(in_order(square, range(30), n_jobs)) == [i * i for i in range(30)]
    assert list(in_order(square, [], n_jobs)) == []


def test_results_do_not_pile_up():
    begun = []
    made = in_order(begun.append, range(100), 3)
    for taken in range(1, 50):
        next(made)
        assert len(begun) <= taken + 2 * 3
    made.close()
    assert len(begun) < 60  # what had not begun does not begin


def test_an_error_comes_in_its_place():
    made = in_order(lambda i: 1 // (2 - i), range(9), 2)
    assert [next(made), next(made)] == [0, 1]
    with pytest.raises(ZeroDivisionError):
        next(made)


@pytest.mark.parametrize("n_jobs", [0, -2, 1.5, "2", True])
def test_unfit_n_jobs(n_jobs):
    with pytest.raises(ValueError, match=r"n_jobs=.* must be an integer of at least 1, or None or -1 for"):
        list(in_order(str, [1], n_jobs))
