"""The drawings read the models and settings; maps are laid where their windows are."""

import numpy as np
import pytest
import torch
from figures_checked import check_figure

from semlib.plots import sem_activations
from semlib.plots.sem_encoder import encoder_drawing, method_drawing
from semlib.sem.attribution import Window, window
from semlib.sem.model import Encoder, ProjectionHead
from semlib.sem.preprocess import Preprocess
from semlib.sem.train import TrainConfig

RNG = np.random.default_rng(0)
IMAGE = RNG.integers(0, 256, (96, 96), dtype=np.uint8)
PIXELS = RNG.random((6, 32, 32), dtype=np.float32)
MASKS = np.zeros((6, 32, 32), bool)
MASKS[1:, 8:20, 8:20] = True
MAPS = RNG.normal(size=(6, 4, 4)) + 1
LABELS = np.array([6, 3, 3, 3, 4, 4])
W = Window(15, 8, 0)


def drawing(encoder=None, config=None, step=None):
    return method_drawing(
        encoder or Encoder(),
        ProjectionHead((encoder or Encoder()).linear.out_features),
        config or TrainConfig(),
        step or Preprocess(size=64),
        IMAGE,
        source="S",
    )


def overlays(masks=MASKS, n=6):
    names = [f"row {i}" for i in range(n)]
    maps = {"u": MAPS[:n], "v": 2 * MAPS[:n]}
    chosen = None if masks is None else masks[:n]
    return sem_activations.contribution_overlays(PIXELS[:n], maps, W, names, chosen, source="S")


NAN = np.full(6, np.nan)
SHARES = {"u": (np.array([np.nan, 0.1, 0.2, 0.3, 0.2, 0.2]), np.array([np.nan, 0.1, 0.1, 0.2, 0.1, 0.1]))}
FIGURES = {
    "encoder": lambda: encoder_drawing(Encoder(dim=16), ProjectionHead(dim=16), size=32),
    "method": drawing,
    "method, ablations": lambda: drawing(
        Encoder(dim=16),
        TrainConfig(levels=2, head=False, stop_gradient=False, dim=16, pairs=((0, 1),)),
        Preprocess(size=32, border=(0, 1, 2, 3), normalize="none"),
    ),
    "method, five levels": lambda: drawing(config=TrainConfig(levels=5)),
    "channels": lambda: sem_activations.channel_maps(
        PIXELS[0], dict.fromkeys("uv", RNG.random((9, 4, 4))), {"u": [0, 3], "v": [8, 1]}, W, source="S"
    ),
    "channels, one network": lambda: sem_activations.channel_maps(
        PIXELS[0], {"u": np.zeros((9, 4, 4))}, {"u": [0]}, W, source="S"
    ),
    "overlays": overlays,
    "overlays, no masks, one image": lambda: overlays(None, 1),
    "inside": lambda: sem_activations.inside_scatter({**SHARES, "v": (NAN, NAN)}, LABELS, source="S"),
    "inside, no labels": lambda: sem_activations.inside_scatter(SHARES, None, source="S"),
    "grey": lambda: sem_activations.against_grey(
        RNG.random(6), dict.fromkeys("uv", RNG.random(6)), LABELS, source="S"
    ),
    "grey, no labels": lambda: sem_activations.against_grey(
        RNG.random(6), {"u": RNG.random(6)}, None, source="S"
    ),
    "moves": lambda: sem_activations.moves(
        {"u": {"x": RNG.random(3), "y": RNG.random(3)}}, LABELS[:3], source="S", classes=LABELS
    ),
    "moves, no labels, one image": lambda: sem_activations.moves(
        {"u": {"x": RNG.random(1)}}, None, source="S"
    ),
}


@pytest.mark.parametrize("make", FIGURES.values(), ids=FIGURES)
def test_figure(make):
    check_figure(make())


def texts(figure):
    return [t.get_text() for ax in figure.axes for t in ax.texts]


def test_the_layers_are_the_models():
    shown = texts(encoder_drawing(Encoder(), ProjectionHead(), size=64))
    assert [t for t in shown if t.count("×") == 2] == ["64×64×1", "32×32×32", "16×16×64", "8×8×128"]
    assert "73,984 weights" in shown  # 9·64·128 weights of the convolution and 2·128 of the normalisation


def test_the_method_shows_the_papers_numbers():
    shown = texts(drawing(step=Preprocess()))
    # 352 + 18,560 + 73,984 of the blocks, 128·128 + 128 of the linear layer
    assert "encoder f, 109,408 weights, shared by all views" in shown
    assert "head g, 33,280 weights" in shown
    for view in ("L0\n512×512", "L1\n256×256", "L2\n128×128"):
        assert view in shown
    assert {"L0: 64×64", "L2: 16×16", "block 1: 352", "crop 4 px a side", "as stored, 96×96"} <= set(shown)
    assert "training: Adam, lr 0.001, batches of 32, 15 epochs, no labels" in shown
    assert "a block: convolution 3×3, stride 2, padding 1; batch norm; ReLU" in shown
    assert {"mean of 6 pairs", "K-means, k = 6", "$z_0$: 128 numbers"} <= set(shown)


def test_the_method_follows_its_settings():
    config = TrainConfig(levels=2, lr=0.01, epochs=3, dim=16, pairs=((1, 0),), head=False)
    shown = texts(drawing(Encoder(dim=16), config, Preprocess(size=32, border=7, normalize="zscore")))
    assert {"crop 7 px a side", "bicubic to 32×32", "normalise: zscore", "mean of 1 pairs"} <= set(shown)
    assert "training: Adam, lr 0.01, batches of 32, 3 epochs, no labels" in shown
    assert "$p_0$" not in shown
    assert not any("L2" in t for t in shown)


def test_drawing_changes_nothing():
    encoder = Encoder()
    before = {name: tensor.clone() for name, tensor in encoder.state_dict().items()}
    drawing(encoder)
    assert all(torch.equal(before[name], t) for name, t in encoder.state_dict().items())


def test_a_map_lies_where_its_windows_are():
    figure = overlays()
    overlay = figure.axes[1].images[1]
    left, right, bottom, top = overlay.get_extent()
    place = window(Encoder())
    # the middle of the first place is the middle of its window, the last one's is 8·3 further
    assert (left + (right - left) / 8, top + (bottom - top) / 8) == (place.start, place.start)
    assert right - (right - left) / 8 == place.start + 3 * place.step


def test_maps_are_shares():
    figure = overlays()
    u, v = (figure.axes[i].images[1].get_array() for i in (1, 2))
    assert u.sum() == pytest.approx(1)
    np.testing.assert_allclose(u, v)


def test_inside_names_the_median_ratio():
    figure = sem_activations.inside_scatter(SHARES, LABELS, source="S")
    assert figure.axes[0].get_title() == "u: 2.0 ×"  # of 1, 2, 1.5, 2, 2


def test_no_dot_is_cut_off():
    small, large = (np.full(6, 0.1), np.full(6, 0.1)), (np.full(6, 0.9), np.full(6, 0.4))
    axes = sem_activations.inside_scatter({"u": small, "v": large}, None, source="S").axes
    assert min(ax.get_ylim()[1] for ax in axes) > 0.9
    assert min(ax.get_xlim()[1] for ax in axes) > 0.4
    values = {"u": {"x": np.array([0.1])}, "v": {"x": np.array([2.0])}}
    assert min(ax.get_xlim()[1] for ax in sem_activations.moves(values, None, source="S").axes) > 2
