"""Where PyTorch sees a GPU, every network and its images go there without being told."""

import numpy as np
import pytest
import torch

from semlib.sem.attribution import activation_maps, contribution_maps
from semlib.sem.config import TrainConfig
from semlib.sem.model import Encoder
from semlib.sem.stronger.self_supervised import fit_stronger
from semlib.sem.stronger.supervised import fit_supervised
from semlib.sem.train import embed, fit, untrained
from semlib.wafer._recognition_net import NetConfig, fit_net

PIXELS = np.random.default_rng(0).random((8, 32, 32), dtype=np.float32)
CLASSES = np.arange(8) % 2
CONFIG = TrainConfig(epochs=1, batch_size=4, dim=4)
MAPS = np.ones((8, 6, 6), np.uint8)


class Moved(Exception):
    """Where the first module was sent to."""


@pytest.fixture
def _a_gpu_that_only_names_itself(monkeypatch):
    def to(module, device, **options):
        raise Moved(device)

    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda device: "Tesla T4")
    monkeypatch.setattr(torch.nn.Module, "to", to)


@pytest.mark.usefixtures("_a_gpu_that_only_names_itself")
@pytest.mark.parametrize(
    "work",
    [
        lambda: fit(PIXELS, CONFIG, progress=False),
        lambda: untrained(PIXELS, CONFIG),
        lambda: embed(Encoder(4), PIXELS),
        lambda: fit_stronger(PIXELS, CONFIG, progress=False),
        lambda: fit_supervised(PIXELS, CLASSES, CONFIG, progress=False),
        lambda: activation_maps(Encoder(4), PIXELS),
        lambda: contribution_maps(Encoder(4), PIXELS, PIXELS),
        lambda: fit_net(MAPS, CLASSES, MAPS, CLASSES, n_classes=2, config=NetConfig(), seed=0),
    ],
    ids=[
        "fit",
        "untrained",
        "embed",
        "stronger",
        "supervised",
        "activations",
        "contributions",
        "recognition",
    ],
)
def test_networks_go_to_the_gpu_by_default(work):
    with pytest.raises(Moved, match=r"^cuda$"):
        work()
