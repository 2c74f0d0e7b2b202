import pytest
import torch

from semlib.sem.model import Encoder, ProjectionHead, cross_scale_loss, parameter_counts


def test_layers_are_those_of_the_paper():
    convolutions = [m for m in Encoder().modules() if isinstance(m, torch.nn.Conv2d)]
    assert [(c.in_channels, c.out_channels) for c in convolutions] == [(1, 32), (32, 64), (64, 128)]
    assert all((c.kernel_size, c.stride, c.padding) == ((3, 3), (2, 2), (1, 1)) for c in convolutions)


def test_parameter_counts_by_hand():
    # three convolutions without bias, two numbers a channel of batch normalisation, one linear layer
    blocks = 9 * (1 * 32 + 32 * 64 + 64 * 128) + 2 * (32 + 64 + 128)
    assert parameter_counts(Encoder()) == {
        "blocks": blocks,
        "pool": 0,
        "linear": 128 * 128 + 128,
        "total": blocks + 128 * 128 + 128,
    }
    assert parameter_counts(ProjectionHead())["total"] == 2 * (128 * 128 + 128) + 2 * 128


@pytest.mark.parametrize("side", [8, 33, 64])
def test_any_size_becomes_one_vector(side):
    assert Encoder(dim=16)(torch.rand(2, 1, side, side)).shape == (2, 16)


@pytest.mark.parametrize(("pool", "expected"), [("average", 3), ("max", 6), ("average+max", 9)])
def test_pooling_by_hand(pool, expected):
    x = torch.tensor([[[[1.0, 2], [3, 6]]]])
    assert Encoder(pool=pool).pool(x).tolist() == [[[[expected]]]]


def test_pooling_changes_no_weights():
    encoders = []
    for pool in ("average", "max", "average+max"):
        torch.manual_seed(0)
        encoders.append(Encoder(dim=8, pool=pool))
    first, *others = [encoder.state_dict() for encoder in encoders]
    for other in others:
        assert first.keys() == other.keys()
        assert all(torch.equal(first[name], other[name]) for name in first)


def test_unknown_pooling_is_refused():
    with pytest.raises(ValueError, match="pool='sum' is unknown; choose one of average, max"):
        Encoder(pool="sum")


def slow_loss(z, p, pairs):
    """Eq. by eq.: one image, one pair, one dot product at a time."""
    total = 0.0
    for j, k in pairs:
        for a, b in zip(p[j].tolist(), z[k].tolist(), strict=True):
            dot = sum(x * y for x, y in zip(a, b, strict=True))
            norms = sum(x * x for x in a) ** 0.5 * sum(y * y for y in b) ** 0.5
            total += 1 - dot / norms
    return total / (len(pairs) * len(z[0]))


def test_loss_equals_the_slow_one():
    torch.manual_seed(0)
    z, p = ([torch.randn(5, 7) for _ in range(3)] for _ in range(2))
    pairs = [(0, 1), (0, 2), (1, 0), (1, 2), (2, 0), (2, 1)]
    assert cross_scale_loss(z, p).item() == pytest.approx(slow_loss(z, p, pairs), abs=1e-6)
    assert cross_scale_loss(z, p, [(2, 0)]).item() == pytest.approx(slow_loss(z, p, [(2, 0)]), abs=1e-6)


def test_loss_by_hand():
    x, y = torch.tensor([[3.0, 0.0]]), torch.tensor([[0.0, 2.0]])
    assert cross_scale_loss([x, y], [x, y], [(0, 0)]).item() == 0  # the same direction
    assert cross_scale_loss([x, y], [x, y]).item() == 1  # right angles
    assert cross_scale_loss([x, -x], [x, -x]).item() == 2  # opposite


def test_targets_get_no_gradient():
    z = [torch.randn(4, 3, requires_grad=True) for _ in range(2)]
    p = [torch.randn(4, 3, requires_grad=True) for _ in range(2)]
    cross_scale_loss(z, p, [(0, 1)]).backward()
    assert p[0].grad.abs().sum() > 0
    assert z[1].grad is None
    assert z[0].grad is None


def test_without_stop_gradient_targets_move_too():
    z = [torch.randn(4, 3, requires_grad=True) for _ in range(2)]
    p = [torch.randn(4, 3, requires_grad=True) for _ in range(2)]
    cross_scale_loss(z, p, [(0, 1)], stop_gradient=False).backward()
    assert p[0].grad.abs().sum() > 0
    assert z[1].grad.abs().sum() > 0
    assert z[0].grad is None  # no pair has it as target


@pytest.mark.parametrize("pairs", [[], [(0, 3)], [(-1, 0)], [(0, 1), (0, 1)]])
def test_pairs_must_exist(pairs):
    z = [torch.ones(2, 2)] * 3
    with pytest.raises(ValueError, match="pairs="):
        cross_scale_loss(z, z, pairs)


def test_levels_must_match():
    z = [torch.ones(2, 2)] * 3
    with pytest.raises(ValueError, match="z has 3 levels and p has 2"):
        cross_scale_loss(z, z[:2])
