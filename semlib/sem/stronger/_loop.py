"""The epochs of a training that is not the paper's: same encoder, optimiser and batches, another loss."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields

import numpy as np
import pandas as pd
import torch
from torch import Tensor, nn

from semlib import runtime
from semlib._memory import kept_blocks
from semlib.sem.collapse import effective_rank, spread
from semlib.sem.train import TrainConfig
from semlib.sem.views import Views

LossOf = Callable[[Tensor, np.ndarray], tuple[dict[str, Tensor], Tensor]]
"""Images (n, 1, S, S) and their rows → the losses by name, "loss" among them, and the embeddings (n, dim)."""

_UNUSED = ("levels", "pairs", "views", "stop_gradient", "head", "drop_last")


def check_config(config: TrainConfig, n_images: int) -> None:
    """Refuse options of the paper's own loss, which would do nothing here, and too few images."""
    for field in fields(config):
        value = getattr(config, field.name)
        if field.name in _UNUSED and value != field.default:
            raise ValueError(
                f"config.{field.name}={value!r} belongs to semlib.sem.train.fit and has no effect here; "
                f"leave it at {field.default!r}"
            )
    if n_images < config.batch_size:
        raise ValueError(
            f"there are {n_images} images to train on, fewer than batch_size={config.batch_size}; pass a "
            "smaller batch_size, 2 or more"
        )


def seeded(seed: int, stream: int) -> int:
    """Return a seed for one of several independent uses of ``seed``."""
    return int(np.random.SeedSequence([seed, stream]).generate_state(1, np.uint64)[0] >> 1)


def train_epochs(
    config: TrainConfig,
    parts: list[nn.Module],
    loss_of: LossOf,
    views: Views,
    rows: np.ndarray,
    *,
    progress: bool,
) -> pd.DataFrame:
    """Train ``parts`` with Adam on the images ``rows``; return a row of losses an epoch, as ``fit`` does."""
    optimizer = torch.optim.Adam([p for part in parts for p in part.parameters()], lr=config.lr)
    order, history = np.random.default_rng(config.seed), []
    bar = runtime.progress_bar(range(config.epochs), desc="training", unit="epoch", progress=progress)
    with kept_blocks():
        for epoch in bar:
            steps, embeddings = [], []
            shuffled = order.permutation(len(rows))
            for start in range(0, len(rows) - config.batch_size + 1, config.batch_size):  # full batches only
                index = rows[np.sort(shuffled[start : start + config.batch_size])]
                losses, z = loss_of(views.full(index), index)
                optimizer.zero_grad()
                losses["loss"].backward()
                optimizer.step()
                steps.append(torch.stack([value.detach() for value in losses.values()]))
                embeddings.append(z.detach())
            means = torch.stack(steps).mean(0).tolist()
            row = {"epoch": epoch + 1, **dict(zip(losses, means, strict=True))}
            if not np.isfinite(row["loss"]):
                raise FloatingPointError(
                    f"the loss is {row['loss']} in epoch {epoch + 1}; lower lr={config.lr}"
                )
            z = torch.cat(embeddings).cpu()
            history.append(row | {"spread": spread(z), "effective_rank": effective_rank(z)})
            bar.set_postfix(loss=f"{row['loss']:.3f}")
    return pd.DataFrame(history)
