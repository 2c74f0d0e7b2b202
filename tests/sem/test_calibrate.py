"""Statistics of batch normalisation from the levels that are asked for; nothing else changes."""

import numpy as np
import pytest
import torch

from semlib.sem.calibrate import calibrate
from semlib.sem.config import TrainConfig
from semlib.sem.model import Encoder
from semlib.sem.train import fit, untrained

PIXELS = np.random.default_rng(0).random((12, 16, 16), dtype=np.float32)
CONFIG = TrainConfig(epochs=1, batch_size=4, dim=4, device="cpu")


def mean_of_first_layer(encoder, levels):
    """Slow reference: outputs of the first convolution at each level, all images at once."""
    means, x = [], torch.from_numpy(PIXELS)[:, None]
    for level in range(3):
        if level in levels:
            with torch.no_grad():
                means.append(encoder.blocks[0][0](x).mean((0, 2, 3)))
        x = torch.nn.functional.avg_pool2d(x, 2)
    return torch.stack(means).mean(0)


@pytest.mark.parametrize("levels", [(0,), (2,), (0, 1, 2)])
def test_statistics_are_those_of_the_levels(levels):
    encoder = fit(PIXELS, CONFIG, progress=False).encoder
    before = {name: t.clone() for name, t in encoder.state_dict().items()}
    own = calibrate(encoder, PIXELS, CONFIG, levels=levels)
    assert torch.allclose(own.blocks[0][1].running_mean, mean_of_first_layer(encoder, levels), atol=1e-5)
    assert not own.training
    assert all(torch.equal(before[name], t) for name, t in encoder.state_dict().items())  # a copy
    assert all(torch.equal(a, b) for a, b in zip(own.parameters(), encoder.parameters(), strict=True))


def test_by_default_the_levels_of_the_pairs_count():
    config = TrainConfig(batch_size=4, dim=4, device="cpu", pairs=((2, 2),))
    a, b = untrained(PIXELS, config), calibrate(Encoder(4), PIXELS, config)
    assert torch.allclose(a.blocks[0][1].running_mean, mean_of_first_layer(a, (2,)), atol=1e-5)
    assert torch.allclose(b.blocks[0][1].running_mean, mean_of_first_layer(b, (2,)), atol=1e-5)


def test_twice_is_once():
    once = calibrate(Encoder(4), PIXELS, CONFIG)
    twice = calibrate(once, PIXELS, CONFIG)
    assert torch.equal(once.blocks[2][1].running_var, twice.blocks[2][1].running_var)


@pytest.mark.parametrize("levels", [(), (3,), (-1,)])
def test_levels_must_exist(levels):
    with pytest.raises(ValueError, match=r"levels=\[.*\] must be a non-empty list of levels in 0…2"):
        calibrate(Encoder(4), PIXELS, CONFIG, levels=levels)
