"""Each ablation of a training does what it says, and only that."""

import numpy as np
import pytest
import torch

from semlib.sem import _run
from semlib.sem._run import Run, encoder_views, initial
from semlib.sem.config import TrainConfig, levels_in_use
from semlib.sem.model import Encoder, ProjectionHead, level_pairs, pair_losses
from semlib.sem.train import fit, untrained
from semlib.sem.views import Views

PIXELS = np.random.default_rng(0).random((16, 16, 16), dtype=np.float32)
SMALL = {"epochs": 1, "batch_size": 8, "dim": 4, "device": "cpu"}


@pytest.fixture
def seen(monkeypatch):
    """Sides of all images that an encoder is given."""
    sides, forward = [], Encoder.forward
    monkeypatch.setattr(Encoder, "forward", lambda self, x: (sides.append(x.shape[-1]), forward(self, x))[1])
    return sides


@pytest.mark.parametrize(
    ("changes", "sides"),
    [
        ({}, [16, 8, 4]),
        ({"pairs": ((0, 1),)}, [16, 8]),
        ({"pairs": ((2, 1),)}, [8, 4]),
        ({"pairs": ((2, 2),)}, [4]),
        ({"views": "blurred"}, [16, 16, 16]),
        ({"views": "blurred", "pairs": ((1, 2),)}, [16, 16]),
    ],
)
def test_only_levels_of_a_pair_are_encoded(seen, changes, sides):
    config = TrainConfig(**SMALL, **changes)
    fit(PIXELS, config, progress=False)
    assert seen == sides * 2  # two steps
    seen.clear()
    untrained(PIXELS, config)
    assert seen == sides * 2


def test_a_single_scale_in_the_history():
    history = fit(PIXELS, TrainConfig(**SMALL, pairs=((1, 1),)), progress=False).history
    assert list(history) == ["epoch", "loss", "loss 1→1", "spread", "effective_rank"]


def test_all_pairs_listed_are_the_default_to_the_bit():
    listed = TrainConfig(**SMALL, pairs=level_pairs("all", 3))
    assert levels_in_use(listed) == levels_in_use(TrainConfig()) == [0, 1, 2]
    a, b = (fit(PIXELS, c, progress=False) for c in (TrainConfig(**SMALL), listed))
    assert a.history.equals(b.history)
    assert all(
        torch.equal(x, y) for x, y in zip(*(t.encoder.state_dict().values() for t in (a, b)), strict=True)
    )


def test_blurred_by_hand():
    fine, coarse = torch.rand(1, 1, 4, 4), torch.tensor([[[[0.0, 1.0], [0.0, 1.0]]]])
    same, blurred = encoder_views([fine, coarse], [0, 1], "blurred")
    assert same is fine
    assert blurred[0, 0].tolist() == [[0, 0.25, 0.75, 1]] * 4


def test_three_equal_views_are_a_single_scale():
    """No pyramid: six pairs of equal views have the loss and the gradient of the one pair (0, 0)."""
    x, gradients, losses = torch.rand(8, 1, 16, 16), [], []
    for views, pairs in (([x, x, x], "all"), ([x], [(0, 0)])):
        torch.manual_seed(0)
        encoder, head = Encoder(8), ProjectionHead(8)
        z = [encoder(view) for view in views]
        loss = pair_losses(z, [head(zk) for zk in z], pairs).mean()
        loss.backward()
        losses.append(loss.item())
        gradients.append(torch.cat([p.grad.flatten() for m in (encoder, head) for p in m.parameters()]))
    assert losses[0] == pytest.approx(losses[1], rel=1e-6)
    torch.testing.assert_close(*gradients, rtol=1e-4, atol=1e-6)


def test_without_a_head_the_stop_gradient_only_halves_the_gradient():
    """Each pair comes in both orders, and Adam does not see a factor."""
    gradients = []
    for stop_gradient in (True, False):
        z = [
            torch.linspace(-1, 2, 12).sin().mul(k + 1).add(k).reshape(4, 3).requires_grad_() for k in range(3)
        ]
        pair_losses(z, z, stop_gradient=stop_gradient).mean().backward()
        gradients.append(torch.cat([zk.grad for zk in z]))
    assert gradients[0].abs().max() > 0.01
    torch.testing.assert_close(2 * gradients[0], gradients[1])


def stepped(monkeypatch, **changes):
    """Take one step; return the gradients of the targets, and the run."""
    gradients = []

    def losses(z, p, pairs, *, stop_gradient):
        free = [zk.detach().requires_grad_() for zk in z]  # stand for z as targets only
        of_targets = pair_losses(free, [pk.detach() for pk in p], pairs, stop_gradient=stop_gradient)
        if of_targets.requires_grad:
            of_targets.mean().backward()
        gradients.extend(zk.grad for zk in free)
        return pair_losses(z, p, pairs, stop_gradient=stop_gradient)

    monkeypatch.setattr(_run, "pair_losses", losses)
    config = TrainConfig(**SMALL, **changes)
    run = Run(config, 8)
    run.one_epoch(Views(PIXELS[:8], 3, "none", "cpu"))
    return gradients, run


def test_targets_get_gradients_only_without_stop_gradient(monkeypatch):
    assert stepped(monkeypatch)[0] == [None] * 3
    assert all(g.abs().sum() > 0 for g in stepped(monkeypatch, stop_gradient=False)[0])


def test_without_a_head_it_is_neither_used_nor_trained(monkeypatch):
    _, run = stepped(monkeypatch, head=False)
    _, start = initial(run.config, "cpu")
    pairs = zip(run.head.state_dict().values(), start.state_dict().values(), strict=True)
    assert all(torch.equal(a, b) for a, b in pairs)  # batch normalisation has counted no batch either
    _, run = stepped(monkeypatch)
    pairs = zip(run.head.parameters(), start.parameters(), strict=True)
    assert not all(torch.equal(a, b) for a, b in pairs)


def test_pooling_reaches_the_training():
    a, b = (fit(PIXELS, TrainConfig(**SMALL, pool=pool), progress=False) for pool in ("average", "max"))
    assert isinstance(b.encoder.pool, torch.nn.AdaptiveMaxPool2d)
    assert a.history.loss[0] != b.history.loss[0]
