"""The losses against loops written from the papers' formulas, and against values by hand."""

from math import sqrt

import pytest
import torch
from torch import Tensor

from semlib.sem.stronger.two_view_losses import barlow_loss, simsiam_loss, vicreg_loss


def vectors(*seeds: int, n: int = 7, d: int = 4) -> list[Tensor]:
    return [torch.randn(n, d, generator=torch.Generator().manual_seed(s), dtype=torch.double) for s in seeds]


def slow_simsiam(p1, p2, z1, z2):
    def cosine(a, b):
        return sum(a * b) / sqrt(sum(a**2)) / sqrt(sum(b**2))

    n = len(p1)
    halves = [cosine(p1[i], z2[i]) / 2 + cosine(p2[i], z1[i]) / 2 for i in range(n)]
    return 1 - sum(halves) / n


def slow_vicreg(z1, z2):
    n, d = z1.shape
    variance = covariance = 0.0
    for z in (z1, z2):
        mean = [sum(z[i, j] for i in range(n)) / n for j in range(d)]

        def covered(j, k, z=z, mean=mean):
            return sum((z[i, j] - mean[j]) * (z[i, k] - mean[k]) for i in range(n)) / (n - 1)

        variance += sum(max(0.0, 1 - sqrt(covered(j, j) + 1e-4)) for j in range(d)) / d  # eq. 1 and 2
        covariance += sum(covered(j, k) ** 2 for j in range(d) for k in range(d) if j != k) / d  # eq. 3, 4
    invariance = sum((z1[i, j] - z2[i, j]) ** 2 for i in range(n) for j in range(d)) / n / d  # eq. 5, Alg. 1
    return 25 * invariance + 25 * variance + covariance, invariance, variance, covariance


def slow_barlow(z1, z2, weight=0.005):
    n, d = z1.shape
    a, b = z1 - z1.mean(0), z2 - z2.mean(0)
    loss = 0.0
    for j in range(d):
        for k in range(d):
            below = sqrt(sum(a[i, j] ** 2 for i in range(n))) * sqrt(sum(b[i, k] ** 2 for i in range(n)))
            c = sum(a[i, j] * b[i, k] for i in range(n)) / below
            loss += (1 - c) ** 2 if j == k else weight * c**2
    return loss


def test_against_the_loops():
    p1, p2, z1, z2 = vectors(0, 1, 2, 3)
    assert float(simsiam_loss(p1, p2, z1, z2)) == pytest.approx(
        float(slow_simsiam(p1, p2, z1, z2)), abs=1e-12
    )
    fast, slow = vicreg_loss(z1 / 2, z2 / 2), slow_vicreg(z1 / 2, z2 / 2)
    assert [float(x) for x in fast] == pytest.approx([float(x) for x in slow], abs=1e-12)
    assert float(barlow_loss(z1, z2)) == pytest.approx(float(slow_barlow(z1, z2)), abs=1e-12)


def test_simsiam_at_its_ends_and_its_stop_gradient():
    (p,) = vectors(0)
    assert float(simsiam_loss(p, p, 3 * p, 2 * p)) == pytest.approx(0)
    assert float(simsiam_loss(p, p, -p, -p)) == pytest.approx(2)
    p1, p2, z1, z2 = (x.requires_grad_() for x in vectors(0, 1, 2, 3))
    simsiam_loss(p1, p2, z1, z2).backward()
    assert z1.grad is None
    assert z2.grad is None
    assert p1.grad.abs().sum() > 0


def test_vicreg_of_equal_views_has_no_invariance_term():
    (z,) = vectors(0)
    loss = vicreg_loss(z, z)
    assert loss.invariance == 0
    assert float(loss.total) == pytest.approx(float(25 * loss.variance + loss.covariance))


def test_vicreg_of_a_collapsed_input_by_hand():
    """All images alike: each dimension's deviation is √ε = 0.01, so 1 − 0.01 for each view."""
    z = torch.ones(5, 3)
    loss = vicreg_loss(z, z)
    assert float(loss.variance) == pytest.approx(2 * 0.99)
    assert [float(loss.invariance), float(loss.covariance)] == [0, 0]
    assert float(loss.total) == pytest.approx(25 * 2 * 0.99)
    assert torch.isfinite(torch.autograd.grad(vicreg_loss(z.requires_grad_(), z).total, z)[0]).all()


def test_vicreg_by_hand_on_four_images():
    """Columns ±2, variance 16/3; equal columns have the same covariance. Only the covariance costs."""
    column = torch.tensor([2.0, 2.0, -2.0, -2.0])
    same, apart = torch.stack([column] * 2, 1), torch.stack([column, column[[0, 2, 1, 3]]], 1)
    loss = vicreg_loss(same, same)
    assert float(loss.variance) == 0
    # off the diagonal (16/3)², twice, over two dimensions, for each of two views
    assert float(loss.covariance) == pytest.approx(2 * (16 / 3) ** 2)
    assert float(vicreg_loss(apart, apart).total) == 0  # spread and uncorrelated: nothing to improve
    assert float(vicreg_loss(apart, apart + 1).total) == pytest.approx(25)  # one apart in each dimension


def test_barlow_at_its_ends():
    z = torch.tensor([[1.0, 1.0], [1.0, -1.0], [-1.0, 1.0], [-1.0, -1.0]])
    assert float(barlow_loss(z, 5 * z + 3)) == pytest.approx(0, abs=1e-6)  # scale and shift play no part
    assert float(barlow_loss(z, -z)) == pytest.approx(2 * 4)  # correlations −1: (1 + 1)² each
    swapped = float(barlow_loss(z, z.flip(1)))  # 0 on the diagonal, 1 off it
    assert swapped == pytest.approx(2 + 0.005 * 2)
    assert float(barlow_loss(torch.ones(4, 3), torch.ones(4, 3))) == pytest.approx(3)  # collapsed


@pytest.mark.parametrize("loss", [vicreg_loss, barlow_loss])
def test_wrong_shapes_are_named(loss):
    with pytest.raises(ValueError, match=r"z1 \(7, 4\), z2 \(7, 3\); pass tensors of one shape"):
        loss(torch.zeros(7, 4), torch.zeros(7, 3))
    with pytest.raises(ValueError, match="N at least 2"):
        loss(torch.zeros(1, 4), torch.zeros(1, 4))


def test_wrong_shapes_of_simsiam_are_named():
    with pytest.raises(ValueError, match=r"p1 \(7, 4\), p2 \(7, 4\), z1 \(7, 4\), z2 \(6, 4\)"):
        simsiam_loss(*[torch.zeros(7, 4)] * 3, torch.zeros(6, 4))
