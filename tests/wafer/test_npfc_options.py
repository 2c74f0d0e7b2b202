"""Every option of NPFC: it is checked, its default is the reading, and it acts."""

from dataclasses import asdict

import numpy as np
import pytest
from scipy.spatial.distance import cdist, pdist

from semlib.wafer.npfc import NpfcOptions, npfc

# Core 0 of 6 dies, core 1 of 5, cluster 2 of 3, a twin and a single die.
THREE = np.ones((11, 15), np.uint8)
THREE[1:4, 1:3] = THREE[1:4, 12] = THREE[2:4, 13] = 2
THREE[5, 7] = THREE[6, 6:8] = 2
THREE[9, 10:12] = THREE[5, 0] = 2

CHANCE = {"mode": "practical", "min_dies": "chance"}

# Noise and four blobs: one cluster more than the cores of num_range=(3, 3).
BUSY = np.where(np.random.default_rng(4).random((20, 20)) < 0.08, 2, 1)
BUSY[1:4, 2:6] = BUSY[15:19, 3:6] = BUSY[8:11, 13:18] = BUSY[2:4, 15:18] = 2


@pytest.mark.parametrize(
    ("options", "error", "match"),
    [
        ({"mode": "real"}, ValueError, "mode='real' does not exist; pass mode='paper' or mode='practical'"),
        ({"size": 3}, TypeError, "no option 'size' in mode='paper'; its options are noise_size, gap"),
        ({"min_dies": 9}, TypeError, "no option 'min_dies' in mode='paper'"),
        ({"mode": "practical", "num_range": (2, 3)}, TypeError, "no option 'num_range' in mode='practical'"),
        ({"mode": "practical", "min_dies": 0}, ValueError, "min_dies=0 must be 'chance' or a whole"),
        ({"mode": "practical", "min_dies": 9.5}, ValueError, "min_dies=9.5 must be 'chance' or a whole"),
        ({"mode": "practical", "min_dies": "auto"}, ValueError, "min_dies='auto' must be 'chance' or"),
        ({**CHANCE, "gap": 3}, ValueError, "min_dies='chance' is known for noise_size=2 and gap"),
        ({**CHANCE, "noise_size": 1}, ValueError, "pass a number of dies"),
        ({"mode": "practical", "alarms": 0.01}, ValueError, "alarms=0.01 belongs to min_dies='chance'"),
        ({"mode": "practical", "alarms": 0}, ValueError, "alarms=0 must be a share"),
        ({"mode": "practical", "gap": -1}, ValueError, "gap=-1 is not a distance"),
        ({"large": 0}, ValueError, "large=0 must be at least 1 die"),
        ({"silhouette": "median"}, ValueError, "silhouette='median' is not one of 'mean', 'nearest'"),
        ({"compactness": "den"}, ValueError, "compactness='den' is not one of 'inverse_com', 'com'"),
        ({"silhouette": np.array(["mean"])}, ValueError, "silhouette=.* is not one of 'mean'"),
        ({"noise_size": -1}, ValueError, "noise_size=-1"),
        ({"noise_size": 2.5}, ValueError, "noise_size=2.5 is not a whole number"),
        ({"gap": float("nan")}, ValueError, "gap=nan"),
        ({"gap": "√8"}, ValueError, "gap='√8' is not a distance"),
        ({"covers": "no"}, ValueError, "covers='no' is neither True nor False"),
        ({"num_range": 3}, ValueError, "num_range=3 must be"),
        ({"num_range": (2, 4.5)}, ValueError, "num_range"),
        ({"num_range": (1, 5)}, ValueError, r"num_range=\(1, 5\).*2 <= smallest"),
        ({"num_range": (4, 3)}, ValueError, "num_range"),
    ],
)
def test_bad_options_are_refused(options, error, match):
    with pytest.raises(error, match=match):
        npfc(THREE, **options)


def test_noise_size_gap_and_num_range():
    assert npfc(THREE, noise_size=0).preliminary.max() + 1 == 5
    assert npfc(THREE, noise_size=1).preliminary.max() + 1 == 4
    assert npfc(THREE, noise_size=3).preliminary.max() + 1 == 2
    assert npfc(THREE, gap=5).merged.max() + 1 == 2  # core 0 and cluster 2 are 5 apart
    assert npfc(THREE, gap=0).merged.max() + 1 == 3
    assert [score.num for score in npfc(THREE).scores] == [2, 3]
    assert [score.num for score in npfc(THREE, num_range=(4, 5)).scores] == [3]  # there are but three
    assert npfc(THREE, num_range=(2, 2)).num == 2


def test_scores_follow_the_options_of_eq_1_to_4():
    (base,) = npfc(BUSY, num_range=(3, 3)).scores
    s, d = base.silhouette, base.mahalanobis
    for similarity, m in [("inverse", 1 / (1 + d)), ("exp", np.exp(-d)), ("distance", d)]:
        for combine, sd in [("sum", s + m), ("product", s * m), ("harmonic", 2 * s * m / (s + m))]:
            (score,) = npfc(BUSY, num_range=(3, 3), similarity=similarity, combine=combine).scores
            assert (score.similarity, score.sd) == pytest.approx((m, sd))
    others = {
        npfc(BUSY, num_range=(3, 3), mahalanobis=x).scores[0].mahalanobis
        for x in ("rows", "cells", "centroids")
    }
    assert len({d, *others}) == 4
    assert npfc(BUSY, num_range=(3, 3), silhouette="nearest").scores[0].silhouette != s


def test_den_follows_its_option():
    results = {
        kind: npfc(BUSY, num_range=(3, 3), compactness=kind)
        for kind in ("inverse_com", "com", "inverse_mean", "inverse_euclidean_com")
    }
    den = {kind: np.array([made.den for made in result.decisions]) for kind, result in results.items()}
    np.testing.assert_allclose(den["com"], 1 / den["inverse_com"])
    merged = results["com"].merged
    for core in range(3):
        union = np.argwhere((merged == core) | (merged == 3))
        distances = cdist(union, union)
        com = distances.std(ddof=1) / len(union) * distances.mean()
        assert den["inverse_mean"][0, core] == pytest.approx(1 / pdist(union).mean())
        assert den["inverse_euclidean_com"][0, core] == pytest.approx(1 / com)


def test_a_cluster_that_covers_a_core_joins_it_only_if_asked():
    wafer_map = np.ones((21, 21), np.uint8)
    wafer_map[9:12, 9:12] = 2  # radius 0 to 1.4
    wafer_map[4:7, 15:18] = 2  # radius 6.4 to 9.2
    wafer_map[:6, 10] = 2  # radius 5 to 10
    (made,) = npfc(wafer_map, num_range=(2, 2)).decisions
    assert (made.cases, made.into) == ((4, 5), 1)
    (made,) = npfc(wafer_map, num_range=(2, 2), covers=False).decisions
    assert (made.cases, made.into) == ((4, 5), None)


def test_defaults_are_the_documented_reading():
    assert asdict(NpfcOptions()) == {
        "noise_size": 2,
        "gap": 8**0.5,
        "large": 10,
        "num_range": (2, 5),
        "silhouette": "mean",
        "mahalanobis": "pooled",
        "similarity": "inverse",
        "combine": "sum",
        "compactness": "inverse_com",
        "covers": True,
    }
