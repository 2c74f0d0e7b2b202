"""A training run: models, optimiser, order of the images, and what an epoch does with them."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from semlib import runtime
from semlib.sem.checkpoint import Checkpoint, adam_tensors, load_adam
from semlib.sem.collapse import effective_rank, spread
from semlib.sem.config import TrainConfig, levels_in_use
from semlib.sem.model import Encoder, ProjectionHead, level_pairs, pair_losses
from semlib.sem.views import Views


def autocast(device: str, precision: str) -> torch.autocast:
    """Return the context in which the encoder runs."""
    return torch.autocast(device.partition(":")[0], torch.bfloat16, enabled=precision == "bf16")


def initial(config: TrainConfig, device: str) -> tuple[Encoder, ProjectionHead]:
    """Make the models in training mode from the seed, and leave PyTorch's own random state as it was."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(config.seed)
        encoder, head = Encoder(config.dim, config.pool), ProjectionHead(config.dim)
    # channels_last is about 1.5 times faster on CPUs, and the same sums up to rounding
    return encoder.to(device, memory_format=torch.channels_last).train(), head.to(device).train()


def encoder_views(batch: list[Tensor], levels: list[int], kind: str) -> list[Tensor]:
    """Return what the encoder sees of a batch's pyramid: the levels in use, see ``TrainConfig.views``."""
    views = [batch[level] for level in levels]
    if kind == "pyramid":
        return views
    size = batch[0].shape[2:]
    return [v if v.shape[2:] == size else F.interpolate(v, size=size, mode="bilinear") for v in views]


class Run:
    """A training between two epochs.

    Attributes
    ----------
    encoder, head : the models
    epoch : int
        How many are done.
    history : list of dict
        A row for each.
    """

    def __init__(self, config: TrainConfig, n_images: int) -> None:
        self.config, self.n_images, self.device = config, n_images, runtime.device(config.device)
        self.encoder, self.head = initial(config, self.device)
        parts = [self.encoder, self.head] if config.head else [self.encoder]
        self.optimizer = torch.optim.Adam([p for part in parts for p in part.parameters()], lr=config.lr)
        self.order = np.random.default_rng(config.seed)
        self.pairs = level_pairs(config.pairs, config.levels)
        self.levels = levels_in_use(config)  # a level that no pair names is not encoded
        self.places = [(self.levels.index(j), self.levels.index(k)) for j, k in self.pairs]
        self.history: list[dict[str, float]] = []

    @property
    def epoch(self) -> int:
        return len(self.history)

    def one_epoch(self, views: Views) -> dict[str, float]:
        """Take one step for each full batch of the images in a random order; return the epoch's row."""
        losses, embeddings = [], []
        order = self.order.permutation(self.n_images)
        for rows in batches(order, self.config.batch_size, drop_last=self.config.drop_last):
            loss, z = self._step(views(np.sort(rows)))
            losses.append(loss)
            embeddings.append(z)
        by_pair, z = torch.stack(losses), torch.cat(embeddings).cpu()
        # The mean of the steps' means, in this order: the sum of stored outputs depends on it.
        row = {"epoch": self.epoch + 1, "loss": float(by_pair.mean(1).mean())}
        row |= {f"loss {j}→{k}": float(m) for (j, k), m in zip(self.pairs, by_pair.mean(0), strict=True)}
        finite = bool(z.isfinite().all())
        row |= {"spread": spread(z) if finite else np.nan}
        row |= {"effective_rank": effective_rank(z) if finite else np.nan}
        self.history.append(row)
        return row

    def _step(self, batch: list[Tensor]) -> tuple[Tensor, Tensor]:
        """Take one step of Adam; return each pair's loss and the finest embeddings, without gradients."""
        with autocast(self.device, self.config.precision):
            z = [self.encoder(view) for view in encoder_views(batch, self.levels, self.config.views)]
            p = [self.head(zk) for zk in z] if self.config.head else z
        z, p = [zk.float() for zk in z], [pk.float() for pk in p]
        losses = pair_losses(z, p, self.places, stop_gradient=self.config.stop_gradient)
        self.optimizer.zero_grad()
        losses.mean().backward()
        self.optimizer.step()
        return losses.detach(), z[0].detach()

    def state(self) -> tuple[dict[str, Tensor], dict]:
        """Return all that the next epoch depends on: tensors, and facts that JSON can hold."""
        parts = {"encoder": self.encoder, "head": self.head}
        tensors = {f"{part}.{name}": t for part, m in parts.items() for name, t in m.state_dict().items()}
        facts = {"order": self.order.bit_generator.state, "history": self.history}
        return {**tensors, **adam_tensors(self.optimizer)}, facts

    def restore(self, stored: Checkpoint) -> None:
        """Take over the state of a run of the same kind."""
        for part, module in {"encoder.": self.encoder, "head.": self.head}.items():
            own = {n.removeprefix(part): t for n, t in stored.tensors.items() if n.startswith(part)}
            module.load_state_dict(own)
        load_adam(self.optimizer, stored.tensors)
        self.order.bit_generator.state = stored.facts["order"]
        self.history = stored.facts["history"]


def batches(rows: np.ndarray, batch_size: int, *, drop_last: bool = True) -> Iterator[np.ndarray]:
    """Give the batches of an epoch; a last, partial one on request, if batch normalisation can compare."""
    for start in range(0, len(rows), batch_size):
        batch = rows[start : start + batch_size]
        if len(batch) == batch_size or (not drop_last and len(batch) > 1):
            yield batch
