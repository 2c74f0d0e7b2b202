"""Spread and effective rank on embeddings whose values can be said by hand."""

import numpy as np
import pytest
import torch

from semlib.sem.collapse import diagnostics, effective_rank, spread


def axes(d):
    """Return ±e₁ … ±e_d: every direction once."""
    return torch.cat([torch.eye(d), -torch.eye(d)])


@pytest.mark.parametrize("d", [2, 3, 8])
def test_all_directions_alike(d):
    assert spread(axes(d)) == pytest.approx(1)  # each dimension: variance 1/d
    assert effective_rank(axes(d)) == pytest.approx(d)


def test_all_the_same():
    z = torch.full((5, 4), 3.0)
    assert spread(z) == 0
    assert effective_rank(z) == 1


def test_on_a_line():
    z = torch.tensor([[0.0, 0], [1, 2], [2, 4], [5, 10]])
    assert effective_rank(z) == pytest.approx(1)


def test_two_directions_of_unequal_weight():
    # singular values 3√2 and √2: shares 3/4 and 1/4
    z = torch.tensor([[3.0, 0, 0], [-3, 0, 0], [0, 1, 0], [0, -1, 0]])
    entropy = -(0.75 * np.log(0.75) + 0.25 * np.log(0.25))
    assert effective_rank(z) == pytest.approx(np.exp(entropy))


def test_length_does_not_count_for_the_spread():
    z = torch.randn(50, 6, generator=torch.Generator().manual_seed(0))
    assert spread(z * torch.rand(50, 1)) == pytest.approx(spread(z))
    assert effective_rank(z + 7) == pytest.approx(effective_rank(z), rel=1e-5)  # centred


def test_diagnostics_are_both_figures_of_an_array():
    z = axes(3).numpy()
    z.flags.writeable = False  # as a memory map is
    assert diagnostics(z) == pytest.approx({"spread": 1, "effective_rank": 3})
