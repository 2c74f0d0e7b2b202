"""A small convolutional network that names the combination of patterns on a wafer map, and its training."""

from __future__ import annotations

import copy
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from semlib.runtime import device as find_device
from semlib.wafer.maps import DEFECTIVE


@dataclass(frozen=True)
class NetConfig:
    """How the network is made and trained; the same for all filters. The values are ours.

    Parameters
    ----------
    channels : tuple of int
        Of the blocks: convolution 3 × 3, batch normalisation, ReLU, and from block to block a 2 × 2 maximum.
    epochs, batch_size : int
    lr : float
        Largest rate of the one-cycle schedule (AdamW).
    weight_decay : float
    augment : bool
        Turn and mirror each map at random in training (mirror only where maps are not square).
    precision : {"bf16", "float32"}
        bf16 is about twice as fast on a processor that has it.
    device : str
        "auto" takes a GPU where there is one.
    """

    channels: tuple[int, ...] = (24, 48, 96, 128)
    epochs: int = 12
    batch_size: int = 64
    lr: float = 3e-3
    weight_decay: float = 1e-2
    augment: bool = True
    precision: str = "bf16"
    device: str = "auto"

    def __post_init__(self) -> None:
        if self.precision not in ("bf16", "float32"):
            raise ValueError(f"precision={self.precision!r} must be 'bf16' or 'float32'")
        if self.epochs < 1 or self.batch_size < 2 or not self.channels:
            raise ValueError(
                f"epochs={self.epochs} must be at least 1, batch_size={self.batch_size} at least 2, and "
                f"channels={self.channels} not empty"
            )


class MapNet(nn.Module):
    """Maps (N, H, W) of 0, 1, 2 to class scores (N, classes)."""

    def __init__(self, n_classes: int, channels: tuple[int, ...]) -> None:
        super().__init__()
        # 2 × 2 dies become 8 channels: nothing is lost, and the first block has a quarter of the work
        layers: list[nn.Module] = [nn.PixelUnshuffle(2)]
        before = 8
        for k, width in enumerate(channels):
            if k:
                layers.append(nn.MaxPool2d(2, ceil_mode=True))
            layers += [nn.Conv2d(before, width, 3, padding=1, bias=False), nn.BatchNorm2d(width), nn.ReLU()]
            before = width
        self.layers = nn.Sequential(
            *layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(before, n_classes)
        )

    def forward(self, maps: torch.Tensor) -> torch.Tensor:
        x = torch.stack([maps > 0, maps == DEFECTIVE], dim=1).float()
        x = F.pad(x, (0, x.shape[-1] % 2, 0, x.shape[-2] % 2))
        return self.layers(x.contiguous(memory_format=torch.channels_last))


@dataclass(frozen=True, eq=False)
class FittedNet:
    """A trained network: the weights of its best epoch, and its macro F1 on the validation part by epoch."""

    net: MapNet
    config: NetConfig
    validation: tuple[float, ...]

    def predict(self, maps: np.ndarray) -> np.ndarray:
        """Return the class of each map: int64 (N,)."""
        return _predict(self.net, maps, self.config)


def fit_net(
    maps: np.ndarray,
    classes: np.ndarray,
    validation_maps: np.ndarray,
    validation_classes: np.ndarray,
    *,
    n_classes: int,
    config: NetConfig,
    seed: int,
) -> FittedNet:
    """Train a network, and keep its (first) epoch of the largest macro F1 on the validation part.

    Parameters
    ----------
    maps, validation_maps : ndarray of uint8 (N, H, W)
    classes, validation_classes : ndarray of int64 (N,)
        They reach the loss, and the choice of the epoch, and nothing else.
    """
    from semlib.wafer.recognition_scores import macro_f1

    device = find_device(config.device)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        net = MapNet(n_classes, config.channels)
    net = net.to(device, memory_format=torch.channels_last)
    rng = torch.Generator().manual_seed(seed)
    x, y = torch.from_numpy(np.ascontiguousarray(maps)), torch.from_numpy(np.asarray(classes, np.int64))
    batches = max(1, len(x) // config.batch_size)
    optimizer = torch.optim.AdamW(net.parameters(), lr=config.lr, weight_decay=config.weight_decay)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, max_lr=config.lr, total_steps=config.epochs * batches
    )
    scores, best = [], None
    for _ in range(config.epochs):
        net.train()
        order = torch.randperm(len(x), generator=rng)
        for index in order.tensor_split(batches):
            batch = _turned(x[index], rng) if config.augment else x[index]
            with _autocast(config, device):
                out = net(batch.to(device))
            loss = F.cross_entropy(out.float(), y[index].to(device))
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
        found = _predict(net, validation_maps, config)
        scores.append(macro_f1(validation_classes, found, n_classes))
        if scores[-1] > max(scores[:-1], default=-1):
            best = copy.deepcopy(net.state_dict())
    net.load_state_dict(best)
    return FittedNet(net.eval(), config, tuple(scores))


def _autocast(config: NetConfig, device: str) -> torch.autocast:
    return torch.autocast(device.split(":")[0], dtype=torch.bfloat16, enabled=config.precision == "bf16")


def _turned(batch: torch.Tensor, rng: torch.Generator) -> torch.Tensor:
    """Return each map in one of its 8 positions, or of 4 where it is not square."""
    mirror, flip, swap = torch.rand((3, len(batch), 1, 1), generator=rng) < 0.5
    batch = torch.where(mirror, batch.flip(-1), batch)
    batch = torch.where(flip, batch.flip(-2), batch)
    if batch.shape[-1] == batch.shape[-2]:
        batch = torch.where(swap, batch.transpose(-1, -2), batch)
    return batch


@torch.no_grad()
def _predict(net: MapNet, maps: np.ndarray, config: NetConfig) -> np.ndarray:
    device = find_device(config.device)
    net.eval()
    x = torch.from_numpy(np.ascontiguousarray(maps))
    found = []
    for part in x.split(256):
        with _autocast(config, device):
            found.append(net(part.to(device)).float().argmax(1).cpu())
    return torch.cat(found).numpy()
