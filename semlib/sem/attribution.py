"""Where the encoder looks: its activations, and what each place of an image adds to the embedding.

After the last block the encoder takes the mean over all places and then a linear map. Both are linear, so the
mean and the map can change places: z = mean over places of (W a(place) + b), with a(place) the activations of
the last block. Each place's part in z is therefore known exactly, without gradients and without classes.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from semlib.sem._batches import batch_by_batch
from semlib.sem._checks import check_pixels, whole_number
from semlib.sem.model import Encoder
from semlib.sem.views import Views

REFERENCES = ("everywhere", "same place")


class Window(NamedTuple):
    """What one place of a map sees of the image, in pixels: a window ``size`` wide, every ``step`` pixels.

    The first window has its middle at pixel ``start``.
    """

    size: int
    step: int
    start: int


def window(encoder: Encoder, block: int = 3) -> Window:
    """Return the receptive field of one place after a block, from the convolutions' own settings.

    Parameters
    ----------
    encoder : Encoder
    block : int, default 3
        1 for the first block.

    Returns
    -------
    Window
        With the paper's three blocks 15 pixels wide, every 8 pixels.
    """
    size, step, start = 1, 1, 0
    for module in _until(encoder, block).modules():
        if isinstance(module, nn.Conv2d):
            reach = module.dilation[0] * (module.kernel_size[0] - 1)
            start += step * (reach // 2 - module.padding[0])
            size += step * reach
            step *= module.stride[0]
    return Window(size, step, start)


def activation_maps(
    encoder: Encoder,
    images: np.ndarray,
    *,
    block: int = 3,
    normalize: str = "minmax",
    batch_size: int = 32,
    device: str = "auto",
) -> np.ndarray:
    """Return the activations of a block, after its ReLU.

    Parameters
    ----------
    encoder : Encoder
        Used in evaluation mode.
    images : ndarray, (N, S, S)
        As in :func:`semlib.sem.train.fit`.
    block : int, default 3
        1 for the first block.
    normalize, batch_size, device
        As in :func:`semlib.sem.train.embed`.

    Returns
    -------
    ndarray, float32, (N, channels, S / 2**block, S / 2**block)
        Not negative. Their mean over places, times the linear layer, is the embedding (for the last block).

    Raises
    ------
    TypeError, ValueError
        If ``images`` are none, or there is no such block.
    """
    blocks = _until(encoder, block)
    options = {"normalize": normalize, "batch_size": batch_size, "device": device}

    def activations(views: Views, rows: slice) -> Tensor:
        return blocks(views.full(rows))

    return torch.cat(batch_by_batch(encoder, images, activations, **options)).numpy()


def contribution_maps(
    encoder: Encoder,
    images: np.ndarray,
    reference: np.ndarray,
    *,
    against: str = "everywhere",
    normalize: str = "minmax",
    batch_size: int = 32,
    device: str = "auto",
) -> np.ndarray:
    r"""Return what each place adds to the distance of an image's embedding from a mean embedding.

    With v(place) = W a(place) + b, P places and the reference mean :math:`\bar z`, the embedding's way from
    the mean is a sum over places, :math:`z - \bar z = \sum (v(place) - \bar v(place)) / P`. Each place counts
    by its component along :math:`z - \bar z`; so the map sums to the distance
    :math:`\lVert z - \bar z \rVert`. Negative places pull the image back to the mean.

    The split has one choice in it: what a place is compared with. "everywhere" takes :math:`\bar z` for all
    places, so a map shows what is unlike the average of all places of all images. "same place" takes the mean
    of v over the reference images at that very place; what all images share there (the dark rim of the
    padding, a common shading, a defect that always sits in the middle) is then gone. The sum is the same.

    Parameters
    ----------
    encoder : Encoder
        Used in evaluation mode.
    images : ndarray, (N, S, S)
        As in :func:`semlib.sem.train.fit`.
    reference : ndarray, (M, S, S)
        The images whose mean embedding is the reference, such as all images of the data set.
    against : {"everywhere", "same place"}, default "everywhere"
    normalize, batch_size, device
        As in :func:`semlib.sem.train.embed`.

    Returns
    -------
    ndarray, float32, (N, S / 8, S / 8)
        In the units of the embedding. An image whose embedding is the mean has zeros.

    Raises
    ------
    TypeError, ValueError
        Bad images, images and reference of different sizes, ``against`` unknown, or an encoder with another
        pooling than the mean.
    """
    if against not in REFERENCES:
        raise ValueError(f"against={against!r} must be one of {', '.join(map(repr, REFERENCES))}")
    check_pixels(reference, "reference")
    check_pixels(images)
    if images.shape[1:] != reference.shape[1:]:
        raise ValueError(
            f"reference has images of {reference.shape[1:]} pixels and images of {images.shape[1:]}; "
            "preprocess both in the same way"
        )
    if not isinstance(encoder.pool, nn.AdaptiveAvgPool2d):
        raise ValueError(
            "encoder does not take the mean over places, so its embedding is no sum over places; "
            "use one with pool='average'"
        )
    options = {"normalize": normalize, "batch_size": batch_size, "device": device}

    def total(views: Views, rows: slice) -> Tensor:
        return encoder.blocks(views.full(rows)).double().sum(0)

    mean = torch.stack(batch_by_batch(encoder, reference, total, **options)).sum(0) / len(reference)
    weight, bias = (p.detach().double().cpu() for p in (encoder.linear.weight, encoder.linear.bias))
    mean_place = torch.einsum("dc,chw->dhw", weight, mean) + bias[:, None, None]
    mean_z = mean_place.mean((1, 2))
    base = mean_place if against == "same place" else mean_z[:, None, None]

    def split(views: Views, rows: slice) -> Tensor:
        activations = encoder.blocks(views.full(rows)).cpu()
        values = torch.einsum("dc,nchw->ndhw", weight, activations.double()) + bias[:, None, None]
        apart = values.mean((2, 3)) - mean_z
        direction = F.normalize(apart, dim=1)
        places = values.shape[2] * values.shape[3]
        return (torch.einsum("nd,ndhw->nhw", direction, values - base) / places).float()

    return torch.cat(batch_by_batch(encoder, images, split, **options)).numpy()


def leading_channels(encoder: Encoder, activations: np.ndarray, n: int = 5) -> np.ndarray:
    """Return the channels of the last block that tell the images' embeddings apart most.

    By the standard deviation, over images, of a channel's mean over places, times the length of its column in
    the linear layer: how far the channel alone moves the embeddings.

    Parameters
    ----------
    encoder : Encoder
    activations : ndarray, (N, C, h, w)
        From :func:`activation_maps`, of several images.
    n : int, default 5

    Returns
    -------
    ndarray of int64, (min(n, C),)
        The first moves most.
    """
    n = whole_number("n", n, 1)
    lengths = encoder.linear.weight.detach().norm(dim=0).cpu().numpy()
    moves = activations.mean((2, 3), dtype=np.float64).std(0) * lengths
    return np.argsort(-moves, kind="stable")[:n]


def _until(encoder: Encoder, block: int) -> nn.Sequential:
    """Return the blocks up to one, by its number from 1."""
    block = whole_number("block", block, 1)
    if block > len(encoder.blocks):
        raise ValueError(f"block={block} is not there; the encoder has {len(encoder.blocks)} blocks")
    return encoder.blocks[:block]
