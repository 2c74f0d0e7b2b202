"""Large maps: sums through the points of tiles, against sums die by die."""

import numpy as np
import pytest

from semlib.wafer import _npfc_steps
from semlib.wafer._fast import far
from semlib.wafer.npfc import npfc
from semlib.wafer.npfc_brief import npfc_brief
from semlib.wafer.synthetic import synthetic_mixed_maps


def both(wafer_map, monkeypatch):
    """Return the results with tiles and without them."""
    found = []
    for large in (0, 10**9):
        monkeypatch.setattr(_npfc_steps, "_LARGE", large)
        found.append((npfc_brief(wafer_map), npfc(wafer_map)))
    return found


@pytest.mark.parametrize(
    ("shape", "seed"),
    [((330, 330), 0), ((330, 330), 3), ((250, 410), 1), ((410, 170), 2), ((81, 640), 4), ((90, 70), 5)],
)
def test_tiles_change_nothing_but_the_last_digits(shape, seed, monkeypatch):
    wafer_map = synthetic_mixed_maps(1, 3, 0.05, seed=seed, shape=shape)[0][0]
    (brief, result), (plain_brief, plain) = both(wafer_map, monkeypatch)
    assert plain.num >= 1
    for ours, theirs in ((brief, plain_brief), (result, plain), (brief, result)):
        assert ours.num == theirs.num
        assert (ours.labels == theirs.labels).all()
        assert (ours.filtered == theirs.filtered).all()
    np.testing.assert_allclose(brief.sd, plain_brief.sd, rtol=1e-9)
    for ours, theirs in zip(result.scores, plain.scores, strict=True):
        assert ours.silhouette == pytest.approx(theirs.silhouette, rel=1e-9, abs=1e-9)
    for made, plain_made in zip(result.decisions, plain.decisions, strict=True):
        np.testing.assert_allclose(made.m_dist, plain_made.m_dist, rtol=1e-9)
        assert (made.n_dist, made.f_dist, made.den) == (plain_made.n_dist, plain_made.f_dist, plain_made.den)


def test_runs_and_blocks_at_the_borders_of_tiles(monkeypatch):
    rng = np.random.default_rng(0)
    for width in (79, 80, 81, 159, 160, 161, 200):
        wafer_map = np.where(rng.random((170, width)) < 0.02, 2, 1)
        wafer_map[3:6] = wafer_map[78:83, 75:] = wafer_map[159:, : width // 2] = 2
        (brief, _), (plain, _) = both(wafer_map, monkeypatch)
        assert (brief.labels == plain.labels).all()
        np.testing.assert_allclose(brief.sd, plain.sd, rtol=1e-9)


@pytest.mark.parametrize(("shape", "large"), [((52, 52), False), ((349, 349), False), ((350, 350), True)])
def test_only_large_maps_have_tiles(shape, large):
    assert (_npfc_steps.tiles_for(*shape) is not None) is large


def places(tiles, y, x):
    """Return the numbers of single dies in a tile of side 2 around 0."""
    weight = far._lagrange(y)[:, :, None] * far._lagrange(x)[:, None, :]
    return weight.reshape(len(y), -1) @ tiles.turned


def test_numbers_of_tiles_make_distances():
    tiles = far.tiles_of((24,))
    y, x, v, u = np.random.default_rng(0).uniform(-1, 1, (4, 60))
    for dy, dx in ((2, 0), (-2, 1), (2, -2), (0, 3), (-3, 3)):
        expected = np.hypot(dy + y[:, None] / 2 - v / 2, dx + x[:, None] / 2 - u / 2)
        between = tiles.between[3 + dy, 3 + dx]
        found = places(tiles, y, x) @ (places(tiles, v, u) @ between).T
        np.testing.assert_allclose(found, expected, rtol=1e-8)
        # the same places, had from the lower left and the upper right quarter
        expected = np.hypot(dy + (y[:, None] - 1) / 4 - (v + 1) / 4, dx + (x[:, None] + 1) / 4 - (u - 1) / 4)
        found = places(tiles, y, x) @ tiles.down[0, 1].T @ (places(tiles, v, u) @ tiles.up[1, 0] @ between).T
        np.testing.assert_allclose(found, expected, rtol=1e-8)
