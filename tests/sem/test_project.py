"""Projections are judged by the neighbours that they keep, never by coordinates."""

import sys

import numpy as np
import pytest

from semlib.sem.project import project_tsne, project_umap, projection_quality


def curve(n=60, d=6, seed=0):
    """Points along a line in d dimensions, with a little noise: easy to draw, so a bad score is a defect."""
    rng = np.random.default_rng(seed)
    return (np.linspace(0, 20, n)[:, None] * np.ones(d) + rng.normal(0, 0.2, (n, d))).astype(np.float32)


def test_quality_by_hand():
    # n = 5, one neighbour: score = 1 − 2 / (n k (2n − 3k − 1)) · Σ(rank − k) = 1 − Σ/15.
    # Nearest in xy, with its rank in x: 0→2 (2), 1→2 (2), 2→0 (2), 3→4 (2), 4→3 (1): Σ = 4.
    # Nearest in x, with its rank in xy: 0→1 (2), 1→0 (2), 2→1 (2), 3→2 (3), 4→3 (1): Σ = 5.
    x = np.array([0, 1, 3.2, 7, 12])[:, None]
    xy = np.array([0, 10, 1, 21, 22])[:, None]
    quality = projection_quality(x, xy, n_neighbors=1)
    assert quality.trustworthiness == pytest.approx(1 - 4 / 15)
    assert quality.continuity == pytest.approx(1 - 5 / 15)


def test_quality_of_the_features_themselves_is_1_and_of_noise_is_not():
    x = curve()[:, :2]
    assert projection_quality(x, 5 - 2 * x) == (1, 1)
    shuffled = np.random.default_rng(0).permutation(x)
    assert max(projection_quality(x, shuffled)) < 0.7


def test_umap_keeps_neighbours_and_repeats():
    x = curve()
    before = x.copy()
    xy = project_umap(x, n_neighbors=10)
    assert xy.shape == (60, 2)
    assert xy.dtype == np.float32
    assert min(projection_quality(x, xy, n_neighbors=5)) > 0.9
    np.testing.assert_array_equal(xy, project_umap(x, n_neighbors=10))
    np.testing.assert_array_equal(x, before)


def test_umap_is_imported_only_when_it_is_used():
    import subprocess

    code = "import sys, semlib.sem.project; sys.exit('umap' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_tsne_keeps_neighbours_and_repeats():
    x = curve()
    before = x.copy()
    xy = project_tsne(x, perplexity=10, seed=1)
    assert xy.shape == (60, 2)
    assert xy.dtype == np.float32
    assert min(projection_quality(x, xy, n_neighbors=5)) > 0.9
    np.testing.assert_array_equal(xy, project_tsne(x, perplexity=10, seed=1))
    np.testing.assert_array_equal(x, before)


def test_tsne_of_few_points_is_finite():
    assert np.isfinite(project_tsne(curve(3, 2), perplexity=2)).all()


def test_tsne_of_one_column_starts_at_random_places_of_the_seed():
    first, again, other = (project_tsne(curve(20, 1), perplexity=5, seed=seed) for seed in (1, 1, 2))
    assert np.isfinite(first).all()
    np.testing.assert_array_equal(first, again)
    assert not np.allclose(first, other)


@pytest.mark.parametrize(
    ("call", "match"),
    [
        (lambda: project_tsne(curve(30)), "perplexity=30.0 must be at least 1 and less than the 30 rows"),
        (lambda: project_tsne(curve(30), perplexity=0.5), "perplexity=0.5"),
        (lambda: project_umap(curve(15)), "n_neighbors=15 must lie between 2 and 14 for the 15 rows"),
        (lambda: project_umap(curve(15), n_neighbors=1), "n_neighbors=1 must lie"),
        (lambda: project_umap(curve(4), n_neighbors=2), "features has 4 rows; UMAP needs at least 5"),
        (lambda: project_umap(curve(), min_dist=-1), "min_dist=-1 must lie between 0 and 1"),
        (lambda: projection_quality(curve(), curve(), 30), "n_neighbors=30 must lie between 1 and 29"),
        (lambda: projection_quality(curve(2), curve(2), 1), "features has 2 rows; with fewer than 3"),
        (lambda: project_tsne(curve(1)), "features has 1 row; there is nothing to project"),
        (lambda: projection_quality(curve(9), curve(8), 2), "xy has 8 rows, but features has 9"),
        (lambda: projection_quality(curve(9), curve(9) * np.nan, 2), r"xy holds NaN or infinity in 9 rows"),
    ],
)
def test_bad_options_are_refused(call, match):
    with pytest.raises(ValueError, match=match):
        call()


@pytest.mark.parametrize("project", [project_tsne, project_umap])
@pytest.mark.parametrize(
    ("features", "match"),
    [
        (np.full((40, 3), 2.0), "features holds 40 equal rows"),
        (np.where(np.arange(80).reshape(40, 2) == 7, np.nan, 0), r"features holds NaN .* 1 rows \(3\)"),
        (np.zeros(40), r"features has shape \(40,\)"),
    ],
)
def test_bad_features_are_refused(project, features, match):
    with pytest.raises(ValueError, match=match):
        project(features)
