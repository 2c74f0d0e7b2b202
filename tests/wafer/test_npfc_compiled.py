"""The compiled loops against NumPy: the same result of every map, whatever its size and content."""

import subprocess
import sys
from dataclasses import astuple, fields
from pathlib import Path

import numpy as np
import pytest

from semlib.wafer import _npfc_steps
from semlib.wafer._fast import _jit, runs
from semlib.wafer.npfc import NpfcOptions, run
from semlib.wafer.npfc_brief import npfc_brief

DATA = Path(__file__).resolve().parents[2] / "../shared/data"


def same_results(wafer_map, **options):
    """Compare everything that both ways, and the brief one, tell of a map; return the result."""
    wafer_map = np.asarray(wafer_map, np.uint8)
    chosen = NpfcOptions(**options)
    assert _npfc_steps.is_compiled(chosen)
    slow = run(wafer_map, chosen, steps_of=_npfc_steps.numpy_steps)
    fast = run(wafer_map, chosen, steps_of=_npfc_steps.compiled_steps)
    for name in ("preliminary", "merged", "noise", "labels", "filtered"):
        ours, theirs = getattr(fast, name), getattr(slow, name)
        assert ours.dtype == theirs.dtype
        assert np.array_equal(ours, theirs), name
    assert (fast.num, fast.cores, fast.radius) == (slow.num, slow.cores, slow.radius)
    assert len(fast.scores) == len(slow.scores)
    for ours, theirs in zip(fast.scores, slow.scores, strict=True):
        assert (ours.num, ours.n_removed) == (theirs.num, theirs.n_removed)
        assert astuple(ours) == pytest.approx(astuple(theirs), rel=1e-12, abs=1e-12)
    assert fast.decisions_by_num.keys() == slow.decisions_by_num.keys()
    for num, decisions in fast.decisions_by_num.items():
        assert len(decisions) == len(slow.decisions_by_num[num])
        for ours, theirs in zip(decisions, slow.decisions_by_num[num], strict=True):
            assert _exact(ours) == _exact(theirs)  # n_dist, f_dist and den to the last bit
            np.testing.assert_allclose(ours.m_dist, theirs.m_dist, rtol=1e-12)

    brief = npfc_brief(wafer_map, **options)
    assert (brief.labels == slow.labels).all()
    assert (brief.filtered == slow.filtered).all()
    assert (brief.num, brief.n_noise) == (slow.num, slow.noise.sum())
    assert (brief.n_preliminary, brief.n_merged) == (slow.preliminary.max() + 1, slow.merged.max() + 1)
    assert (brief.n_defects, brief.n_removed) == (
        (wafer_map == 2).sum(),
        (wafer_map != slow.filtered).sum(),
    )
    sd = [score.sd for score in fast.scores if score.num == fast.num]
    np.testing.assert_allclose([brief.sd], sd or [np.nan], rtol=1e-12)
    return fast


def _exact(decision):
    return [getattr(decision, field.name) for field in fields(decision) if field.name != "m_dist"]


def random_map(rng, largest=26):
    """Noise and blobs of any density, on a full grid or with places without a die, of any shape."""
    height, width = rng.integers(1, largest, 2)
    wafer_map = np.where(rng.random((height, width)) < rng.choice([0.02, 0.1, 0.2, 0.35, 0.6]), 2, 1)
    for _ in range(rng.integers(0, 8)):
        top, left, tall, wide = rng.integers(height), rng.integers(width), *rng.integers(1, 7, 2)
        blob = wafer_map[top : top + tall, left : left + wide]
        blob[rng.random(blob.shape) < 0.85] = 2
    if rng.random() < 0.5:
        y, x = np.indices(wafer_map.shape)
        wafer_map[np.hypot((2 * y + 1) / height - 1, (2 * x + 1) / width - 1) > 1.05] = 0
    if rng.random() < 0.1:
        wafer_map[rng.random(wafer_map.shape) < 0.5] = 0
    if not wafer_map.any():
        wafer_map[0, 0] = 2
    return wafer_map


def test_2000_random_maps():
    rng = np.random.default_rng(5)
    found = [same_results(random_map(rng, 24)) for _ in range(2000)]
    # they must have exercised every outcome, or the agreement says little
    assert {result.num for result in found} == {0, 1, 2, 3, 4, 5}
    made = [made for result in found for all_made in result.decisions_by_num.values() for made in all_made]
    for ending in (
        "of no core.",
        "R on average.",
        "compact one.",
        "compact union.",
        "gives the most compact",
    ):
        assert any(ending in one.reason for one in made), ending


@pytest.mark.parametrize("shape", [(1, 1), (1, 2), (1, 300), (300, 1), (2, 250), (250, 3), (37, 61)])
def test_any_shape_empty_full_and_between(shape):
    rng = np.random.default_rng(0)
    for share in (0.0, 0.1, 0.4, 0.8, 1.0):
        same_results(np.where(rng.random(shape) < share, 2, 1))
    same_results(np.maximum(np.where(rng.random(shape) < 0.5, 2, 0), np.arange(shape[1]) == 0))
    stripes = np.ones(shape, int)
    stripes[:, ::3] = stripes[::3] = 2
    same_results(stripes)
    same_results(np.where(np.indices(shape).sum(axis=0) % 2, 1, 2))


@pytest.mark.parametrize(("side", "noise"), [(120, 0.05), (120, 0.2), (200, 0.05), (260, 0.02)])
def test_large_maps(side, noise):
    from semlib.wafer.synthetic import synthetic_mixed_maps

    same_results(synthetic_mixed_maps(1, 3, noise, seed=side, shape=(side, side - 7))[0][0])


@pytest.mark.parametrize(
    "options",
    [
        {"noise_size": 0},
        {"noise_size": 4},
        {"gap": 2.9},
        {"num_range": (2, 2)},
        {"num_range": (3, 9)},
        {"num_range": (7, 8)},
        {"similarity": "exp", "combine": "product"},
        {"similarity": "distance", "combine": "harmonic"},
        {"compactness": "com"},
        {"covers": False},
    ],
    ids=str,
)
def test_every_option_that_is_compiled(options):
    rng = np.random.default_rng(11)
    for _ in range(60):
        same_results(random_map(rng), **options)


@pytest.mark.parametrize(
    "options",
    [
        {"gap": 2},
        {"gap": 3},
        {"silhouette": "nearest"},
        {"mahalanobis": "rows"},
        {"mahalanobis": "cells"},
        {"mahalanobis": "centroids"},
        {"compactness": "inverse_mean"},
        {"compactness": "inverse_euclidean_com"},
    ],
    ids=str,
)
def test_the_other_options_take_numpy_also_in_brief(options):
    chosen = NpfcOptions(**options)
    assert not _npfc_steps.is_compiled(chosen)
    wafer_map = random_map(np.random.default_rng(2), 20).astype(np.uint8)
    brief, result = npfc_brief(wafer_map, **options), run(wafer_map, chosen)
    assert (brief.labels == result.labels).all()
    assert (brief.num, brief.n_removed) == (result.num, (result.filtered != wafer_map).sum())


def test_a_mean_distance_of_exactly_r_is_not_below_it():
    # Two rows of three dies 12 columns apart on average, and R = 12: all of one line, so no rounding
    wafer_map = np.ones((1, 25), int)
    wafer_map[0, 0:3] = wafer_map[0, 12:15] = wafer_map[0, 20:23] = 2
    result = same_results(wafer_map, num_range=(2, 2))
    (made,) = result.decisions
    assert result.radius == 12
    assert 12 in [abs(a - b) for a in (1, 13, 21) for b in (1, 13, 21)]
    assert all(mean != 12 or core not in made.f1 for core, mean in enumerate(made.m_dist))


@pytest.mark.parametrize(
    ("file", "count"),
    [("wm811k/WM811K_labelled_half.npz", 150), ("mixedwm38/Wafer_Map_Datasets_half.npz", 30)],
)
def test_real_maps(file, count):
    if not (DATA / file).exists():
        pytest.skip(f"{DATA / file} is absent")
    from semlib.wafer.data import open_maps

    maps = open_maps(DATA / file).maps
    for j in np.random.default_rng(8).choice(len(maps), count, replace=False):
        same_results(maps[j])


def test_the_input_is_not_changed_nor_shared_in_any_memory_order():
    wafer_map = np.asfortranarray(random_map(np.random.default_rng(4)).astype(np.uint8))
    before = wafer_map.copy()
    brief = npfc_brief(wafer_map)
    assert (brief.labels == npfc_brief(np.ascontiguousarray(before)).labels).all()
    brief.filtered[:], brief.labels[:] = 0, 0
    assert (wafer_map == before).all()


def test_numba_is_imported_when_it_is_needed():
    code = (
        "import sys, semlib.wafer.npfc, semlib.wafer.npfc_many, semlib.wafer.npfc_brief; "
        "assert 'numba' not in sys.modules; semlib.wafer.npfc_brief.npfc_brief([[1]], gap=2); "
        "assert 'numba' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_kept_code_is_named_after_all_sources(monkeypatch, tmp_path):
    monkeypatch.setattr("numba.config.CACHE_DIR", str(tmp_path))
    double = _jit.compiled(_double)
    assert double(4) == 8
    kept = sorted(path.name for path in tmp_path.rglob("*.nb?"))
    assert len(kept) == 2  # the index, and the code for one type
    assert all(name.startswith(_jit._sources()) for name in kept)
    again = _jit.compiled(_double)
    assert again(4) == 8
    assert sum(again.stats.cache_hits.values()) == 1


def test_without_a_folder_to_write_it_compiles_each_time(monkeypatch):
    monkeypatch.setattr("numba.core.caching.CacheImpl._locator_classes", [])
    assert _jit.compiled(_double)(3) == 6


def _double(x):
    return 2 * x


def test_steps_are_all_distances_up_to_the_gap():
    grid = {a * a + b * b for a in range(4) for b in range(4)}
    assert runs.STEPS.tolist() == sorted(step for step in grid if 0 < step <= 8)
