"""From pixels to the pyramid of a batch, on the device: how a step of training or embedding begins."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from semlib.sem.preprocess import normalize
from semlib.sem.pyramid import pyramid

_ON_DEVICE = ("minmax", "none")


class Views:
    """Batches of images at all pyramid levels, normalised.

    uint8 images, such as the memory-mapped store, are read batch by batch and never become a large float
    array. On a GPU they are copied there once, if they fit into half of its free memory.

    Parameters
    ----------
    images : ndarray (N, S, S)
        float32, normalised already, or uint8.
    levels : int
        Number of pyramid levels.
    mode : str
        How uint8 is normalised; see :func:`semlib.sem.preprocess.normalize`. "minmax" and "none" are done on
        the device and give the same bits as there; the others are done before the copy.
    device : str
    """

    def __init__(self, images: np.ndarray, levels: int, mode: str, device: str) -> None:
        self.images, self.levels, self.mode, self.device = images, levels, mode, device
        self.on_device: Tensor | None = None
        if device.startswith("cuda") and images.dtype == np.uint8 and mode in _ON_DEVICE:
            free, _ = torch.cuda.mem_get_info(device)
            if images.nbytes < free / 2:
                self.on_device = torch.from_numpy(np.require(images, requirements="CW")).to(device)

    def __call__(self, rows: np.ndarray | slice) -> list[Tensor]:
        """Return the batch at each level: (n, 1, S, S), (n, 1, S/2, S/2), … float32."""
        return pyramid(self.full(rows), levels=self.levels)

    def full(self, rows: np.ndarray | slice) -> Tensor:
        """Return the batch at full size only: (n, 1, S, S) float32."""
        if self.on_device is not None:
            index = rows if isinstance(rows, slice) else torch.from_numpy(rows).to(self.device)
            return normalize_bytes(self.on_device[index], self.mode).unsqueeze(1)
        batch = self.images[rows]
        if batch.dtype == np.uint8 and self.mode not in _ON_DEVICE:
            batch = normalize(batch, self.mode)
        pixels = torch.from_numpy(np.require(batch, requirements="CW")).to(self.device)
        pixels = normalize_bytes(pixels, self.mode) if pixels.dtype == torch.uint8 else pixels
        return pixels.unsqueeze(1)


def normalize_bytes(pixels: Tensor, mode: str) -> Tensor:
    """Return uint8 images (N, S, S) as float32, each normalised by "minmax" or "none", where they are."""
    if mode == "none":
        return pixels / 255
    low, high = pixels.amin((1, 2), keepdim=True).float(), pixels.amax((1, 2), keepdim=True).float()
    return (pixels - low) / (high - low).clamp(min=1)  # a constant image becomes 0
