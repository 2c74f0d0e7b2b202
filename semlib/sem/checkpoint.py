"""The state of a training, on the disk after every epoch: a run that was killed goes on where it was."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor


@dataclass(frozen=True)
class Checkpoint:
    """What training goes on from.

    Attributes
    ----------
    tensors : dict of str to Tensor
        Weights of encoder and head, and Adam's averages.
    facts : dict
        JSON: the epochs done, the random state of the images' order, the history.
    """

    tensors: dict[str, Tensor]
    facts: dict


def save(path: Path, tensors: Mapping[str, Tensor], facts: Mapping, *, run: str) -> None:
    """Write a checkpoint whole or not at all; ``run`` names what it belongs to."""
    part = path.with_name(f"{path.name}.part{os.getpid()}")
    path.parent.mkdir(parents=True, exist_ok=True)
    plain = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    try:
        save_file(plain, part, metadata={"run": run, "facts": json.dumps(facts)})
        with part.open("rb+") as file:
            os.fsync(file.fileno())
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)


def load(path: Path, *, run: str) -> Checkpoint | None:
    """Return the checkpoint at ``path``, or None if there is none yet.

    Raises
    ------
    ValueError
        If the file is no checkpoint, or belongs to another run.
    """
    if not path.exists():
        return None
    try:
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata() or {}
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (no mapping)
        facts = json.loads(metadata["facts"])
    except (SafetensorError, OSError, KeyError, ValueError) as error:
        raise ValueError(f"resume={str(path)!r} is no checkpoint ({error}); remove the file") from error
    if metadata.get("run") != run:
        raise ValueError(
            f"resume={str(path)!r} belongs to a run with other images, settings or code; pass another path, "
            "or remove the file to begin anew"
        )
    return Checkpoint(tensors, facts)


def adam_tensors(optimizer: torch.optim.Adam) -> dict[str, Tensor]:
    """Return Adam's state as named tensors."""
    state = optimizer.state_dict()["state"]
    return {f"adam.{i}.{name}": tensor for i, values in state.items() for name, tensor in values.items()}


def load_adam(optimizer: torch.optim.Adam, tensors: Mapping[str, Tensor]) -> None:
    """Give Adam back the state of :func:`adam_tensors`."""
    state: dict[int, dict[str, Tensor]] = {}
    for name, tensor in tensors.items():
        if name.startswith("adam."):
            _, i, key = name.split(".")
            state.setdefault(int(i), {})[key] = tensor
    optimizer.load_state_dict({**optimizer.state_dict(), "state": state})
