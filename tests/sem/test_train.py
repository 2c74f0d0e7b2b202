import inspect

import numpy as np
import pytest
import torch

from semlib.sem.model import Encoder
from semlib.sem.train import TrainConfig, embed, fit, untrained

CONFIG = TrainConfig(epochs=2, batch_size=8, dim=16, device="cpu")


@pytest.fixture(scope="module")
def pixels():
    """24 images of 16×16: soft blobs of different places and sizes, so that there is something to learn."""
    rng = np.random.default_rng(0)
    y, x = np.mgrid[:16, :16]
    blobs = [
        np.exp(-((x - cx) ** 2 + (y - cy) ** 2) / s)
        for cx, cy, s in zip(
            rng.uniform(4, 12, 24), rng.uniform(4, 12, 24), rng.uniform(4, 40, 24), strict=True
        )
    ]
    return np.stack(blobs).astype(np.float32)


def weights(encoder):
    return torch.cat([p.detach().flatten() for p in encoder.parameters()])


def test_defaults_are_the_papers_values():
    config = TrainConfig()
    assert (config.epochs, config.batch_size, config.lr, config.levels, config.dim) == (15, 32, 0.001, 3, 128)


def test_training_lowers_the_loss(pixels):
    history = fit(pixels, TrainConfig(epochs=8, batch_size=8, device="cpu"), progress=False).history
    assert list(history.epoch) == list(range(1, 9))
    assert history.loss.iloc[-1] < 0.7 * history.loss.iloc[0]


def test_same_seed_same_encoder_and_other_seed_another(pixels):
    first, second = (fit(pixels, CONFIG, progress=False) for _ in range(2))
    assert torch.equal(weights(first.encoder), weights(second.encoder))
    assert first.history.equals(second.history)
    other = fit(pixels, TrainConfig(epochs=2, batch_size=8, dim=16, device="cpu", seed=1), progress=False)
    assert not torch.equal(weights(first.encoder), weights(other.encoder))


def test_global_random_state_is_left_alone(pixels):
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    fit(pixels, CONFIG, progress=False)
    assert torch.equal(torch.rand(3), expected)


def test_images_are_not_modified(pixels):
    before = pixels.copy()
    encoder = fit(pixels, CONFIG, progress=False).encoder
    embed(encoder, pixels)
    assert np.array_equal(pixels, before)


def test_uint8_is_normalised_batch_by_batch(pixels):
    from semlib.sem.preprocess import normalize

    grey = (pixels * 200 + 20).astype(np.uint8)
    a = fit(grey, CONFIG, progress=False).encoder
    b = fit(normalize(grey, "minmax"), CONFIG, progress=False).encoder
    assert torch.equal(weights(a), weights(b))
    assert np.array_equal(embed(a, grey), embed(b, normalize(grey, "minmax")))


def test_untrained_has_the_weights_that_training_starts_from(pixels):
    encoder = untrained(pixels, CONFIG)
    with torch.random.fork_rng():
        torch.manual_seed(CONFIG.seed)
        assert torch.equal(weights(encoder), weights(Encoder(CONFIG.dim)))
    assert not torch.equal(weights(encoder), weights(fit(pixels, CONFIG, progress=False).encoder))


def test_untrained_batch_norm_is_calibrated(pixels):
    """On the images themselves, at all levels, the first layer's outputs have mean 0 and variance 1."""
    config = TrainConfig(batch_size=24, dim=16, device="cpu", levels=2)
    encoder = untrained(pixels, config)
    conv, norm = encoder.blocks[0][0], encoder.blocks[0][1]
    half = pixels.reshape(24, 8, 2, 8, 2).mean((2, 4))
    with torch.no_grad():
        means = [conv(torch.from_numpy(x)[:, None]).mean((0, 2, 3)) for x in (pixels, half)]
    assert torch.allclose(norm.running_mean, (means[0] + means[1]) / 2, atol=1e-5)


def test_embed_does_not_depend_on_the_batch(pixels):
    encoder = untrained(pixels, CONFIG)
    whole, split = embed(encoder, pixels), embed(encoder, pixels, batch_size=5)
    assert whole.shape == (24, 16)
    assert whole.dtype == np.float32
    np.testing.assert_allclose(whole, split, atol=1e-5)
    order = np.random.default_rng(0).permutation(24)
    np.testing.assert_allclose(embed(encoder, pixels[order]), whole[order], atol=1e-5)


def test_embed_of_a_coarser_level_is_that_of_the_shrunk_image(pixels):
    encoder = untrained(pixels, CONFIG)
    half = pixels.reshape(24, 8, 2, 8, 2).mean((2, 4)).astype(np.float32)
    np.testing.assert_allclose(embed(encoder, pixels, level=1), embed(encoder, half), atol=1e-5)


@pytest.mark.parametrize(
    ("n", "drop_last", "expected"), [(24, True, 1), (24, False, 2), (17, False, 1), (16, False, 1)]
)
def test_partial_batches(pixels, n, drop_last, expected):
    config = TrainConfig(epochs=1, batch_size=16, dim=16, device="cpu", drop_last=drop_last)
    steps = []
    step = torch.optim.Adam.step
    torch.optim.Adam.step = lambda self, *a, **k: (steps.append(1), step(self, *a, **k))[1]
    try:
        fit(pixels[:n], config, progress=False)
    finally:
        torch.optim.Adam.step = step
    assert len(steps) == expected  # a batch of 16; the rest is left out, or taken unless it is one image


class Poisoned:
    """Labels that raise when anybody looks at them."""

    def __getattribute__(self, name):
        raise AssertionError("training looked at the labels")


def test_labels_cannot_reach_training():
    """No argument takes them, images that carry them are refused, and nothing on the way looks at them."""
    from semlib.sem.data import SemImages
    from semlib.sem.preprocess import Preprocess

    for function in (fit, untrained, embed):
        assert not any(
            "label" in name or name in ("y", "target") for name in inspect.signature(function).parameters
        )

    images = SemImages.synthetic(16, seed=0, size=48)
    with pytest.raises(TypeError, match="without labels"):
        fit(images, CONFIG)

    object.__setattr__(images, "labels", Poisoned())
    with pytest.raises(AssertionError, match="looked at"):
        images.labels.shape  # noqa: B018 (the poison works)
    results = [fit(Preprocess(size=32)(images), CONFIG, progress=False)]
    object.__setattr__(images, "labels", None)
    results.append(fit(Preprocess(size=32)(images), CONFIG, progress=False))
    assert torch.equal(*(weights(r.encoder) for r in results))


@pytest.mark.parametrize(
    ("images", "error", "match"),
    [
        (np.zeros((4, 16, 16), np.float32), ValueError, "fewer than batch_size=8"),
        (np.zeros((0, 16, 16), np.float32), ValueError, "non-empty"),
        (np.zeros((9, 16, 16)), ValueError, "float64"),
        (np.zeros((9, 1, 16, 16), np.float32), ValueError, "shape"),
        ([[1, 2]], TypeError, "not an array"),
        (np.full((9, 16, 16), np.nan, np.float32), ValueError, r"images\[0\] has NaN .*9 such"),
        (np.zeros((9, 0, 0), np.float32), ValueError, "non-empty"),
        (np.zeros((1, 16, 16), np.float32), ValueError, "1 image, fewer .* training needs at least 2"),
    ],
)
def test_bad_images(images, error, match):
    with pytest.raises(error, match=match):
        fit(images, CONFIG, progress=False)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"epochs": 0}, "epochs=0 must be an integer of at least 1"),
        ({"epochs": 2.0}, "epochs=2.0 must be an integer"),
        ({"epochs": True}, "epochs=True must be an integer"),
        ({"batch_size": 1}, "batch_size=1 must be an integer of at least 2: batch normalisation compares"),
        ({"levels": 1}, "levels=1"),
        ({"seed": -1}, "seed=-1"),
        ({"lr": 0.0}, "lr=0.0 must be a positive number"),
        ({"lr": float("inf")}, "lr=inf"),
        ({"lr": "0.1"}, "lr='0.1'"),
        ({"normalize": "max"}, "normalize='max' is unknown; choose one of minmax"),
        ({"precision": "half"}, "precision='half' is unknown; choose one of float32, bf16"),
        ({"pool": "mean"}, "pool='mean' is unknown; choose one of average, max, average\\+max"),
        ({"views": "crop"}, "views='crop' is unknown; choose one of pyramid, blurred"),
        ({"head": "no"}, "head='no' must be True or False"),
        ({"stop_gradient": None}, "stop_gradient=None must be True or False"),
        ({"drop_last": 2}, "drop_last=2 must be True or False"),
        ({"pairs": "some"}, "pairs='some' must be 'all' or pairs"),
        ({"pairs": ((0, 1, 2),)}, r"pairs=\(\(0, 1, 2\),\) must be"),
        ({"pairs": ()}, r"pairs=\(\) must be a non-empty list of pairs of levels in 0…2"),
        ({"pairs": ((0, 3),)}, r"pairs=\(\(0, 3\),\) must be .* levels in 0…2"),
        ({"pairs": ((0, 0.5),)}, "pairs=0.5 must be an integer"),
        ({"pairs": ((0, 1), (0, 1))}, "names a pair twice"),
    ],
)
def test_bad_config(change, says):
    with pytest.raises(ValueError, match=says):
        TrainConfig(**change)


def test_numpy_integers_are_integers():
    config = TrainConfig(batch_size=np.int64(8), epochs=np.uint8(3))
    assert config == TrainConfig(batch_size=8, epochs=3)
    assert "np." not in repr(config)


@pytest.mark.parametrize(("low", "high"), [(0, 255), (-1, 1), (0, 1.4)])
def test_pixels_out_of_range_are_refused_with_the_remedy(pixels, low, high):
    raw = pixels.copy()
    raw[3] = np.linspace(low, high, raw[3].size, dtype=np.float32).reshape(raw[3].shape)
    says = rf"images\[3\] holds values from {low} to {high}, far outside .* \(1 such .*normalize\(images\)"
    for use in (lambda: fit(raw, CONFIG), lambda: untrained(raw, CONFIG), lambda: embed(Encoder(16), raw)):
        with pytest.raises(ValueError, match=says):
            use()


def test_what_preprocessing_gives_is_in_range():
    from semlib.sem.preprocess import MODES, Preprocess

    rng = np.random.default_rng(0)
    edges = rng.integers(0, 2, (8, 20, 20)).astype(np.float32)  # bicubic floats overshoot most at such edges
    for mode in MODES:
        x = Preprocess(border=0, size=32, normalize=mode)(edges)
        fit(x, TrainConfig(epochs=1, batch_size=8, dim=4, device="cpu"), progress=False)


def test_one_bad_pixel_is_named_and_not_spread(pixels):
    bad = pixels.copy()
    bad[7, 3, 3] = np.inf
    for use in (lambda: untrained(bad, CONFIG), lambda: embed(Encoder(16), bad)):
        with pytest.raises(ValueError, match=r"images\[7\] has NaN or infinite"):
            use()


@pytest.mark.parametrize(
    ("options", "says"),
    [({"level": -1}, "level=-1 must be .* 0 is full size"), ({"batch_size": 0}, "batch_size=0 must be")],
)
def test_bad_options_of_embed(pixels, options, says):
    with pytest.raises(ValueError, match=says):
        embed(Encoder(16), pixels, **options)


def test_a_diverging_loss_is_named(pixels):
    config = TrainConfig(epochs=9, batch_size=8, dim=16, device="cpu", lr=1e30)
    with pytest.raises(FloatingPointError, match="lower lr"):
        fit(pixels, config, progress=False)


def test_history_has_each_pair_and_the_collapse_diagnostics(pixels):
    history = fit(pixels, CONFIG, progress=False).history
    pairs = [f"loss {j}→{k}" for j in range(3) for k in range(3) if j != k]
    assert list(history) == ["epoch", "loss", *pairs, "spread", "effective_rank"]
    np.testing.assert_allclose(history[pairs].mean(axis=1), history.loss, rtol=1e-6)
    assert history.spread.between(0, 1).all()
    assert history.effective_rank.between(1, 16).all()


def test_without_stop_gradient_and_head_embeddings_collapse(pixels):
    """Chen & He 2021, section 4.1: with z compared to itself, all images get the same direction."""
    config = TrainConfig(epochs=12, batch_size=8, dim=16, lr=0.01, device="cpu")
    kept = fit(pixels, config, progress=False).history.spread.iloc[-1]
    ablation = TrainConfig(**{**vars(config), "stop_gradient": False, "head": False})
    assert fit(pixels, ablation, progress=False).history.spread.iloc[-1] < 0.5 * kept


def test_bf16_is_near_float32_and_refuses_what_it_cannot_do(pixels):
    large = pixels.repeat(4, 1).repeat(4, 2)
    a, b = (
        fit(large, TrainConfig(epochs=2, batch_size=8, dim=16, device="cpu", precision=p), progress=False)
        for p in ("float32", "bf16")
    )
    np.testing.assert_allclose(a.history.loss, b.history.loss, rtol=0.1)
    assert next(b.encoder.parameters()).dtype == torch.float32
    z = embed(b.encoder, large, precision="bf16", device="cpu")
    assert z.dtype == np.float32
    np.testing.assert_allclose(z, embed(b.encoder, large, device="cpu"), atol=0.1)
    with pytest.raises(ValueError, match="images of 16×16 pixels leave 4 at the coarsest level, too few for"):
        fit(pixels, TrainConfig(epochs=1, batch_size=8, precision="bf16"), progress=False)
    with pytest.raises(ValueError, match="precision='fp8' must be one of"):
        embed(b.encoder, large, precision="fp8")
