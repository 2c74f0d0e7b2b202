"""How to train: the paper's values, what it leaves open, and ablations (paper 1, section 5)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from semlib.sem._checks import whole_number
from semlib.sem.model import POOLS, level_pairs
from semlib.sem.preprocess import MODES

PRECISIONS = ("float32", "bf16")
VIEWS = ("pyramid", "blurred")


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
        See :func:`semlib.sem.model.cross_scale_loss`; open in the paper. Levels that no pair names are not
        encoded. A pair of a level with itself, such as ``((0, 0),)``, is an ablation: a single scale.
    dim : int
        Length of the embedding, 128 in the paper.
    normalize : str
        Used for uint8 images only, which are normalised batch by batch; see
        :func:`semlib.sem.preprocess.normalize`.
    seed : int
        Of the initial weights and of the order of the images.
    device : str
        "auto" (a GPU if there is one), or a PyTorch device name.
    precision : {"float32", "bf16"}
        "bf16": convolutions and matrix products in bfloat16 where that is safe (PyTorch's autocast), much
        faster where the CPU or GPU has it; the loss and Adam stay float32. The results differ a little.
    stop_gradient : bool
        False is an ablation; see :func:`semlib.sem.model.pair_losses`.
    head : bool
        False is an ablation: the loss compares z with z, without the projection head.
    pool : str
        "average" in the paper; see :class:`semlib.sem.model.Encoder`.
    views : {"pyramid", "blurred"}
        "blurred" is an ablation: the coarser views are brought back to full size (bilinear), so that views
        differ in detail and not in size. About twice as slow.
    drop_last : bool
        Leave out the last, partial batch of an epoch; open in the paper. A single image left is always out.
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
    precision: str = "float32"
    stop_gradient: bool = True
    head: bool = True
    pool: str = "average"
    views: str = "pyramid"
    drop_last: bool = True

    def __post_init__(self) -> None:
        why = {
            "batch_size": ": batch normalisation compares the images of a batch, so one alone teaches nothing"
        }
        for name, least in {"epochs": 1, "batch_size": 2, "levels": 2, "dim": 1, "seed": 0}.items():
            value = whole_number(name, getattr(self, name), least, why.get(name, ""))
            object.__setattr__(self, name, value)  # a NumPy integer becomes a plain one
        if not isinstance(self.lr, (int, float)) or not 0 < self.lr < float("inf"):
            raise ValueError(f"lr={self.lr!r} must be a positive number")
        known = {"normalize": MODES, "precision": PRECISIONS, "pool": POOLS, "views": VIEWS}
        for name, values in known.items():
            if getattr(self, name) not in values:
                raise ValueError(
                    f"{name}={getattr(self, name)!r} is unknown; choose one of {', '.join(values)}"
                )
        for name in ("stop_gradient", "head", "drop_last"):
            if not isinstance(getattr(self, name), (bool, np.bool_)):
                raise ValueError(f"{name}={getattr(self, name)!r} must be True or False")
        if self.pairs != "all":
            if not _are_pairs(self.pairs):
                raise ValueError(
                    f"pairs={self.pairs!r} must be 'all' or pairs of levels, such as ((0, 1), (1, 0))"
                )
            pairs = tuple(tuple(whole_number("pairs", level, 0) for level in pair) for pair in self.pairs)
            level_pairs(pairs, self.levels)
            object.__setattr__(self, "pairs", pairs)


def levels_in_use(config: TrainConfig) -> list[int]:
    """Return the pyramid levels that ``config.pairs`` names, finest first: those that are encoded."""
    return sorted({level for pair in level_pairs(config.pairs, config.levels) for level in pair})


def _are_pairs(value) -> bool:
    return isinstance(value, (tuple, list)) and all(
        isinstance(pair, (tuple, list)) and len(pair) == 2 for pair in value
    )
