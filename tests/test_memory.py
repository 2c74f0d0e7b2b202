import sys
from pathlib import Path

import numpy as np
import pytest

from semlib import _memory
from semlib._memory import kept_blocks

pytestmark = pytest.mark.skipif(not _memory._glibc(), reason="the C library is not glibc")


def resident_mb() -> float:
    line = next(x for x in Path("/proc/self/status").read_text().splitlines() if x.startswith("VmRSS"))
    return int(line.split()[1]) / 1024


def touch(mb: int) -> None:
    np.full(mb * 2**17, 1.0)


def test_freed_blocks_stay_while_it_lasts_and_go_back_after_it():
    touch(200)
    before = resident_mb()
    with kept_blocks():
        touch(200)
        assert resident_mb() > before + 150
    assert resident_mb() < before + 50
    touch(200)
    assert resident_mb() < before + 50


def test_the_inner_of_two_does_not_end_the_outer():
    before = resident_mb()
    with kept_blocks():
        with kept_blocks():
            pass
        touch(200)
        assert resident_mb() > before + 150


def test_an_error_ends_it():
    with pytest.raises(KeyError), kept_blocks():
        raise KeyError
    assert _memory._users == 0


def test_nothing_happens_without_glibc(monkeypatch):
    monkeypatch.setattr(sys, "platform", "darwin")
    assert _memory._glibc() is None
    with kept_blocks():
        touch(1)
