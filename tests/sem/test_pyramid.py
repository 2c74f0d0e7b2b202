"""The pyramid: means of blocks, and what must stay as it is."""

import warnings

import numpy as np
import pytest
import torch

from semlib.sem.pyramid import pyramid


def block_means(image, factor):
    """The slow reference: the mean of each block, one after the other."""
    height, width = (side // factor for side in image.shape)
    out = np.zeros((height, width))
    for i in range(height):
        for j in range(width):
            out[i, j] = image[i * factor : (i + 1) * factor, j * factor : (j + 1) * factor].mean()
    return out


@pytest.fixture
def stack():
    return np.random.default_rng(0).random((3, 16, 24))


def test_by_hand():
    image = np.arange(16.0).reshape(1, 4, 4)
    l0, l1, l2 = pyramid(image)
    assert l0.tolist() == image[None].tolist()
    assert l1.tolist() == [[[[2.5, 4.5], [10.5, 12.5]]]]  # (0 + 1 + 4 + 5) / 4 and so on
    assert l2.tolist() == [[[[7.5]]]]


def test_levels_are_means_of_blocks(stack):
    scales = pyramid(stack, levels=4)
    assert [tuple(s.shape) for s in scales] == [(3, 1, 16, 24), (3, 1, 8, 12), (3, 1, 4, 6), (3, 1, 2, 3)]
    for level, scale in enumerate(scales):
        expected = np.stack([block_means(image, 2**level) for image in stack])
        np.testing.assert_allclose(scale[:, 0], expected, rtol=1e-12)


def test_it_is_area_interpolation(stack):
    x = torch.from_numpy(stack)[:, None]
    for level, scale in enumerate(pyramid(x)):
        area = torch.nn.functional.interpolate(x, scale_factor=1 / 2**level, mode="area")
        torch.testing.assert_close(scale, area)


def test_the_mean_is_kept(stack):
    for scale in pyramid(stack):
        np.testing.assert_allclose(scale.mean(dim=(1, 2, 3)), stack.mean(axis=(1, 2)))


@pytest.mark.parametrize("flip", [lambda x: x[..., ::-1], lambda x: x[:, ::-1], lambda x: x.swapaxes(1, 2)])
def test_it_commutes_with_flips(stack, flip):
    for flipped, plain in zip(pyramid(flip(stack)), pyramid(stack), strict=True):
        np.testing.assert_allclose(flipped[:, 0], flip(plain[:, 0].numpy()))


def test_arrays_tensors_and_channels_agree(stack):
    for other in (stack[:, None], torch.from_numpy(stack), torch.from_numpy(stack)[:, None]):
        for a, b in zip(pyramid(stack), pyramid(other), strict=True):
            torch.testing.assert_close(a, b)


def test_dtypes_and_the_input_is_kept(stack):
    before = stack.copy()
    assert {s.dtype for s in pyramid(stack)} == {torch.float64}
    assert {s.dtype for s in pyramid(stack.astype(np.float32))} == {torch.float32}
    np.testing.assert_array_equal(stack, before)
    grey = np.full((1, 4, 4), 255, np.uint8)  # the sum of four does not fit in 8 bits
    assert [(s.dtype, s.max().item()) for s in pyramid(grey)] == 3 * [(torch.float32, 255)]
    stack.setflags(write=False)  # as a memory map is
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # PyTorch warns where it could write into a read-only array
        assert len(pyramid(stack)) == 3


def test_gradients_pass():
    x = torch.ones(1, 1, 4, 4, requires_grad=True)
    pyramid(x)[2].sum().backward()
    assert x.grad.unique().tolist() == [1 / 16]


@pytest.mark.parametrize(
    ("shape", "levels", "says"),
    [
        (
            (1, 130, 130),
            3,
            r"130×130 pixels cannot be halved 2 times; .* multiple of 4, such as Preprocess\(size=128",
        ),
        ((1, 4, 7), 2, "4×7 pixels cannot be halved 1 times; resize them to a multiple of 2"),
        ((1, 2, 2), 3, r"multiple of 4, such as Preprocess\(size=4\)"),
        ((2, 3, 8, 8), 3, r"x has the shape \(2, 3, 8, 8\); pass grey images"),
        ((8, 8), 3, r"x has the shape \(8, 8\); pass grey images \(N, S, S\)"),
        ((1, 8, 8), 0, "levels=0 must be at least 1"),
    ],
)
def test_what_cannot_be_halved(shape, levels, says):
    with pytest.raises(ValueError, match=says):
        pyramid(np.zeros(shape), levels=levels)
