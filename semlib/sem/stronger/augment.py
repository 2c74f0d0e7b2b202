"""Two random views of a batch, for training that learns what a view may change (not in paper 1).

What the views share, training keeps; what they do not share, it gives up. A method whose views keep the
shading may therefore use it as a shortcut, and one whose views change it cannot. ``Augment`` has a switch for
that: :meth:`Augment.keeping_shading`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import pi

import torch
import torch.nn.functional as F
from torch import Tensor

SYMMETRIES = 8  # of the square: four turns, and their mirror images


@dataclass(frozen=True)
class Augment:
    """What is changed at random in a view, in this order; each of N images gets its own draw.

    The values of crop, brightness, contrast and blur are those of SimSiam (Chen & He 2021, section 4,
    "Baseline settings"), not fitted to SEM images. The others are ours: photographs stand upright and have no
    shading, so that paper says nothing about them.

    Parameters
    ----------
    crop : float, default 0.2
        The smallest part of the area that a view shows; the part is uniform between this and 1, its place
        uniform. It is square, since a SEM's pixels are, and resized to the full side (bilinear). 1: off.
    symmetries : bool, default True
        One of the 8 turns and mirror images of the square, without loss. It changes the shading's direction.
    blur : float, default 2 / 224
        The largest standard deviation of a Gaussian blur, as a share of the side; the paper's 2 pixels of
        224. Half of the images get one, between a twentieth of this and this. 0: off.
    brightness, contrast : float, default 0.4
        The image's mean is multiplied by a factor in 1 ± ``brightness``, and the differences from the mean by
        that factor and another one in 1 ± ``contrast``; four fifths of the images. 0: off.
    plane : float, default 0.4
        Shading jitter: a plane of a random direction is added, 0 in the middle of the image. Its rise along
        that direction, over one side's length, is uniform between 0 and this, where the image's range is 1.
        0: off.
    noise : float, default 0.02
        Standard deviation of white Gaussian noise, where the image's range is 1. 0: off.

    Notes
    -----
    Nothing is clipped to [0, 1]; a network does not need it, and clipping would leave traces.
    """

    crop: float = 0.2
    symmetries: bool = True
    blur: float = 2 / 224
    brightness: float = 0.4
    contrast: float = 0.4
    plane: float = 0.4
    noise: float = 0.02

    def __post_init__(self) -> None:
        if not 0 < self.crop <= 1:
            raise ValueError(f"crop={self.crop!r} must be a share of the area above 0, up to 1 (off)")
        for name, most in {"blur": 0.1, "brightness": 1, "contrast": 1, "plane": 10, "noise": 10}.items():
            value = getattr(self, name)
            if not 0 <= value <= most:
                raise ValueError(f"{name}={value!r} must lie between 0 (off) and {most}")

    @classmethod
    def off(cls) -> Augment:
        """Return one that changes nothing."""
        return cls(1.0, False, 0.0, 0.0, 0.0, 0.0, 0.0)

    def keeping_shading(self) -> Augment:
        """Return the same without what would change the shading's direction: symmetries and plane."""
        return replace(self, symmetries=False, plane=0.0)


def two_views(images: Tensor, augment: Augment, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Return two random views of each image, drawn one after the other; see :func:`augmented`."""
    return augmented(images, augment, generator), augmented(images, augment, generator)


def augmented(images: Tensor, augment: Augment, generator: torch.Generator) -> Tensor:
    """Return a random view of each image, on the images' device.

    Parameters
    ----------
    images : Tensor of float, (N, 1, S, S)
        Not changed.
    augment : Augment
    generator : torch.Generator
        The only source of chance; PyTorch's global one is left alone. On the images' device, or the CPU.

    Returns
    -------
    Tensor of float, (N, 1, S, S)

    Raises
    ------
    ValueError
        If the images are not a batch of square, single-channel images of floats.
    """
    if images.ndim != 4 or images.shape[1] != 1 or not images.is_floating_point():
        raise ValueError(
            f"images has shape {tuple(images.shape)} and dtype {images.dtype}; pass floats (N, 1, S, S)"
        )
    if images.shape[2] != images.shape[3]:
        raise ValueError(f"images are {images.shape[2]}×{images.shape[3]}; pass square ones, (N, 1, S, S)")
    n = len(images)

    def draw(*shape: int, low: float = 0.0, high: float = 1.0) -> Tensor:
        numbers = torch.rand(n, *shape, generator=generator, device=generator.device)
        return (low + (high - low) * numbers).to(images.device)

    x = images
    if augment.crop < 1:
        x = _crop(x, draw(low=augment.crop).sqrt(), draw(2, low=-1))
    if augment.symmetries:
        x = _symmetries(x, (draw() * SYMMETRIES).long().clamp(max=SYMMETRIES - 1))
    if augment.blur:
        sigma = draw(low=0.05) * augment.blur * (draw() < 0.5)
        x = _blur(x, sigma * x.shape[-1], reach=int(3 * augment.blur * x.shape[-1]) + 1)
    if augment.brightness or augment.contrast:
        some = draw() < 0.8
        bright = 1 + some * draw(low=-1) * augment.brightness
        strong = 1 + some * draw(low=-1) * augment.contrast
        mean = x.mean((1, 2, 3), keepdim=True)
        bright, strong = bright.view(-1, 1, 1, 1), strong.view(-1, 1, 1, 1)
        x = bright * (mean + strong * (x - mean))
    if augment.plane:
        x = x + _plane(draw() * augment.plane, draw() * 2 * pi, x.shape[-1])
    if augment.noise:
        grain = torch.randn(x.shape, generator=generator, device=generator.device)
        x = x + augment.noise * grain.to(x.device)
    return x


def symmetry(x: Tensor, code: int) -> Tensor:
    """Return images turned by ``code % 4`` quarters and, from code 4 on, mirrored; 0 to 7, 0 is no change."""
    turned = torch.rot90(x, code % 4, (-2, -1))
    return turned.flip(-1) if code >= 4 else turned


def _symmetries(x: Tensor, codes: Tensor) -> Tensor:
    out = x.clone()
    for code in range(1, SYMMETRIES):
        rows = codes == code
        out[rows] = symmetry(x[rows], code)
    return out


def _crop(x: Tensor, side: Tensor, place: Tensor) -> Tensor:
    """Show a square of each image, of the share ``side`` (N,); ``place`` (N, 2): -1 and 1 at the edges."""
    theta = torch.zeros(len(x), 2, 3, device=x.device)
    theta[:, 0, 0] = theta[:, 1, 1] = side
    theta[:, :, 2] = place * (1 - side)[:, None]
    grid = F.affine_grid(theta, list(x.shape), align_corners=False)
    return F.grid_sample(x, grid.to(x.dtype), padding_mode="border", align_corners=False)


def _blur(x: Tensor, sigma: Tensor, reach: int) -> Tensor:
    """Blur each image by its own ``sigma`` (N,) in pixels; 0 leaves it as it is."""
    reach = min(reach, x.shape[-1] - 1)
    steps = torch.arange(-reach, reach + 1, device=x.device)
    kernel = torch.exp(-(steps**2) / (2 * sigma[:, None].clamp(min=1e-3) ** 2)).to(x.dtype)
    kernel = (kernel / kernel.sum(1, keepdim=True))[:, None]  # (N, 1, 2 reach + 1)
    rows = F.pad(x.transpose(0, 1), (reach,) * 4, mode="reflect")  # images as channels: each its own kernel
    rows = F.conv2d(rows, kernel[:, :, None], groups=len(x))
    return F.conv2d(rows, kernel[..., None], groups=len(x)).transpose(0, 1)


def _plane(rise: Tensor, angle: Tensor, size: int) -> Tensor:
    """Return planes (N, 1, S, S) that rise by ``rise`` (N,) over one side along ``angle`` (N,)."""
    axis = (torch.arange(size, device=rise.device) + 0.5) / size - 0.5
    slope_x, slope_y = (rise * angle.cos())[:, None, None], (rise * angle.sin())[:, None, None]
    return (slope_x * axis + slope_y * axis[:, None])[:, None]
