"""A wafer map is checked in one place, so every refusal is tested here."""

import numpy as np
import pytest

from semlib.wafer.maps import check_map

GRID = [[0, 1, 0], [1, 2, 1]]


@pytest.mark.parametrize("dtype", [np.uint8, np.int8, np.int32, np.uint64, np.float32, np.float64])
def test_any_whole_numbers_become_uint8(dtype):
    checked = check_map(np.array(GRID, dtype))
    assert checked.dtype == np.uint8
    assert checked.tolist() == GRID


def test_lists_are_maps_and_uint8_is_not_copied():
    assert check_map(GRID).shape == (2, 3)
    array = np.array(GRID, np.uint8)
    assert check_map(array) is array


@pytest.mark.parametrize("grid", [[[1]], [[2]], [[2, 2], [2, 2]], [[1, 1, 1]]])
def test_one_die_no_defect_and_only_defects_are_maps(grid):
    assert check_map(grid).tolist() == grid


@pytest.mark.parametrize(
    ("bad", "match"),
    [
        ([[0, 3], [3, 7]], r"wafer_map holds 3 \(2x\), 7 \(1x\), first at row 0, column 1.*MixedWM38.*as 2"),
        ([[1, -1]], r"holds -1 \(1x\)"),
        ([list(range(10))], r"3 \(1x\).*7 \(1x\) and 2 more values"),
        ([[1.0, 0.5]], r"holds 0.5 \(1x\)"),
        ([[1.0, np.nan]], r"holds nan \(1x\)"),
        ([[1.0, np.inf]], r"holds inf \(1x\)"),
        ([[True, False]], "booleans"),
        ([["1", "2"]], "dtype <U1"),
        ([[1 + 0j]], "dtype complex128"),
        (np.array([[1, None]]), "dtype object"),
        (1, r"shape \(\), expected 2 dimensions"),
        ([1, 2], r"shape \(2,\), expected 2 dimensions \(H, W\)$"),
        ([[[1]]], r"shape \(1, 1, 1\).*npfc_many"),
        ([[1, 2], [1]], "not rectangular"),
        (np.zeros((0, 4), int), r"empty, its shape is \(0, 4\)"),
        ([[0, 0]], "no die"),
        ([[255, 0, 1]], r"holds 255 \(1x\).*np\.where\(m == 255, 0, m \+ 1\) makes them of -1 or 255, 0, 1"),
        (np.ma.array([[1, 2]], mask=[[0, 1]]), "masked array"),
    ],
)
def test_bad_maps_are_named_with_what_was_received(bad, match):
    with pytest.raises(ValueError, match=match):
        check_map(bad)


def test_messages_use_the_callers_name():
    with pytest.raises(ValueError, match=r"^maps\[3\] holds no die"):
        check_map([[0]], name="maps[3]")
