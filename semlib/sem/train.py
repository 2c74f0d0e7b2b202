"""Self-supervised training of the encoder, and its embeddings (paper 1, section 5, "Training strategy")."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from semlib import runtime
from semlib.sem._checks import check_pixels, whole_number
from semlib.sem.model import Encoder, ProjectionHead, cross_scale_loss
from semlib.sem.preprocess import MODES, normalize
from semlib.sem.pyramid import pyramid


@dataclass(frozen=True)
class TrainConfig:
    """How to train; the defaults are the paper's values (section 5), or our reading where it is silent.

    Parameters
    ----------
    epochs, batch_size, lr : int, int, float
        15, 32 and 0.001 with Adam; fixed by the paper.
    levels : int
        Pyramid levels, 3 in the paper (L0, L1, L2).
    pairs : "all" or tuple of (int, int)
        See :func:`semlib.sem.model.cross_scale_loss`; open in the paper.
    dim : int
        Length of the embedding, 128 in the paper.
    normalize : str
        Used for uint8 images only, which are normalised batch by batch; see
        :func:`semlib.sem.preprocess.normalize`.
    seed : int
        Of the initial weights and of the order of the images.
    device : str
        "auto" (a GPU if there is one), or a PyTorch device name.
    """

    epochs: int = 15
    batch_size: int = 32
    lr: float = 1e-3
    levels: int = 3
    pairs: str | tuple[tuple[int, int], ...] = "all"
    dim: int = 128
    normalize: str = "minmax"
    seed: int = 0
    device: str = "auto"

    def __post_init__(self) -> None:
        why = {
            "batch_size": ": batch normalisation compares the images of a batch, so one alone teaches nothing"
        }
        for name, least in {"epochs": 1, "batch_size": 2, "levels": 2, "dim": 1, "seed": 0}.items():
            value = whole_number(name, getattr(self, name), least, why.get(name, ""))
            object.__setattr__(self, name, value)  # a NumPy integer becomes a plain one
        if not isinstance(self.lr, (int, float)) or not 0 < self.lr < float("inf"):
            raise ValueError(f"lr={self.lr!r} must be a positive number")
        if self.normalize not in MODES:
            raise ValueError(f"normalize={self.normalize!r} is unknown; choose one of {', '.join(MODES)}")
        if self.pairs != "all" and not _are_pairs(self.pairs):
            raise ValueError(
                f"pairs={self.pairs!r} must be 'all' or pairs of levels, such as ((0, 1), (1, 0))"
            )


@dataclass(frozen=True)
class Training:
    """What :func:`fit` returns.

    Attributes
    ----------
    encoder : Encoder
        Trained, in evaluation mode, on the CPU. The projection head is gone, as in the paper.
    history : pandas.DataFrame
        One row an epoch: ``epoch`` (from 1), ``loss`` (mean over the epoch's steps).
    config : TrainConfig
    """

    encoder: Encoder
    history: pd.DataFrame
    config: TrainConfig


def fit(images: np.ndarray, config: TrainConfig | None = None, *, progress: bool = True) -> Training:
    """Train the encoder on images alone; there is no argument through which labels could come in.

    Every step takes a batch of images at all pyramid levels, and one step of Adam on the cross-scale loss
    (paper 1, section 5). No augmentation, no early stopping. The last, partial batch of an epoch is left out,
    since batch normalisation would weigh it differently (open in the paper).

    Parameters
    ----------
    images : ndarray, (N, S, S)
        float32 as :class:`semlib.sem.preprocess.Preprocess` gives: in [0, 1], or, under "zscore", each of
        mean 0 and standard deviation 1. Or uint8, which is normalised batch by batch.
    config : TrainConfig, optional
        The paper's values if None.
    progress : bool, default True
        Show a bar.

    Returns
    -------
    Training
        On one CPU and with one number of threads the result is bit-exact; across machines losses agree to
        about 1e-3 only.

    Raises
    ------
    TypeError
        If ``images`` is not an array.
    ValueError
        If there are fewer images than one batch, pixels out of range, or sides that the pyramid cannot halve.
    FloatingPointError
        If the loss stops being finite.
    """
    config = config or TrainConfig()
    check_pixels(images)
    if len(images) < config.batch_size:
        remedy = f"pass TrainConfig(batch_size={len(images)}) or less"
        if len(images) < 2:
            remedy = "training needs at least 2, since batch normalisation compares images"
        raise ValueError(
            f"images has {len(images)} image{'s' * (len(images) > 1)}, fewer than "
            f"batch_size={config.batch_size}; {remedy}"
        )
    device = runtime.device(config.device)
    encoder, head = _initial(config, device)
    optimizer = torch.optim.Adam([*encoder.parameters(), *head.parameters()], lr=config.lr)
    order = np.random.default_rng(config.seed)
    losses = []
    bar = runtime.progress_bar(range(config.epochs), desc="training", unit="epoch", progress=progress)
    for epoch in bar:
        steps = []
        for rows in _full_batches(order.permutation(len(images)), config.batch_size):
            z = [encoder(view) for view in _views(images[np.sort(rows)], config, device)]
            loss = cross_scale_loss(z, [head(zk) for zk in z], config.pairs)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            steps.append(loss.detach())
        losses.append(float(torch.stack(steps).mean()))
        if not np.isfinite(losses[-1]):
            raise FloatingPointError(f"the loss is {losses[-1]} in epoch {epoch + 1}; lower lr={config.lr}")
        bar.set_postfix(loss=f"{losses[-1]:.3f}")
    history = pd.DataFrame({"epoch": range(1, config.epochs + 1), "loss": losses})
    return Training(encoder.cpu().eval(), history, config)


def untrained(images: np.ndarray, config: TrainConfig | None = None) -> Encoder:
    """Return the encoder that :func:`fit` starts from: the control that shows what training adds.

    Its weights are the random initial ones of ``config.seed``. Only the statistics of batch normalisation are
    taken from the images, at all pyramid levels as in training, so that it can be used in evaluation mode.
    """
    config = config or TrainConfig()
    check_pixels(images)
    device = runtime.device(config.device)
    encoder, _ = _initial(config, device)
    for module in encoder.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.momentum = None  # a plain average over all batches, not a moving one
    with torch.no_grad():
        for start in range(0, len(images), config.batch_size):
            for view in _views(images[start : start + config.batch_size], config, device):
                encoder(view)
    return encoder.cpu().eval()


def embed(
    encoder: Encoder,
    images: np.ndarray,
    *,
    level: int = 0,
    normalize: str = "minmax",
    batch_size: int = 64,
    device: str = "auto",
) -> np.ndarray:
    """Return the embeddings z of images, the paper's "output representation".

    Parameters
    ----------
    encoder : Encoder
        Used in evaluation mode.
    images : ndarray, (N, S, S)
        As in :func:`fit`.
    level : int, default 0
        Pyramid level. The paper extracts embeddings "from the highest-resolution input (Level L0)".
    normalize : str, default "minmax"
        For uint8 images only.
    batch_size, device
        As in :class:`TrainConfig`.

    Returns
    -------
    ndarray, float32, (N, dim)
        Not scaled to unit length.
    """
    check_pixels(images)
    level = whole_number("level", level, 0, "; 0 is full size")
    batch_size = whole_number("batch_size", batch_size, 1)
    config = TrainConfig(levels=max(2, level + 1), normalize=normalize)
    device = runtime.device(device)
    encoder = encoder.to(device).eval()
    parts = []
    with torch.inference_mode():
        for start in range(0, len(images), batch_size):
            batch = images[start : start + batch_size]
            view = _views(batch, config, device)[level] if level else _tensor(batch, normalize, device)
            parts.append(encoder(view).cpu().numpy())
    encoder.cpu()
    return np.concatenate(parts)


def _are_pairs(value) -> bool:
    return isinstance(value, (tuple, list)) and all(
        isinstance(pair, (tuple, list)) and len(pair) == 2 for pair in value
    )


def _initial(config: TrainConfig, device: str) -> tuple[Encoder, ProjectionHead]:
    """Make the models in training mode from the seed, and leave PyTorch's own random state as it was."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(config.seed)
        encoder, head = Encoder(config.dim), ProjectionHead(config.dim)
    # channels_last is about 1.5 times faster on CPUs, and the same sums up to rounding
    return encoder.to(device, memory_format=torch.channels_last).train(), head.to(device).train()


def _full_batches(rows: np.ndarray, batch_size: int) -> Iterator[np.ndarray]:
    for start in range(0, len(rows) - batch_size + 1, batch_size):
        yield rows[start : start + batch_size]


def _tensor(batch: np.ndarray, mode: str, device: str) -> Tensor:
    batch = normalize(batch, mode) if batch.dtype == np.uint8 else batch
    return torch.from_numpy(np.ascontiguousarray(batch)).unsqueeze(1).to(device)


def _views(batch: np.ndarray, config: TrainConfig, device: str) -> list[Tensor]:
    return pyramid(_tensor(batch, config.normalize, device), levels=config.levels)
