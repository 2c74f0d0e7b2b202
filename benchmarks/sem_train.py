"""Time training and embedding at the paper's size against a plain PyTorch loop, in one run.

    python benchmarks/sem_train.py [--size 512] [--rounds 3] [--steps 4] [--threads 4]
                                   [--out results/sem_train_time.json]

The peer is what a user would write: NCHW, float32, the views made from float32 images on the host. All rows
take turns, so that a busy machine slows all of them, each in a process of its own, since ``fit`` changes how
its process keeps memory. The share of peak is measured FLOP/s over those of a matrix product of the same
dtype on the same threads, in the same run.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path

import numpy as np
import torch
from report import report

from semlib._memory import kept_blocks
from semlib.sem._run import Run
from semlib.sem.model import Encoder, ProjectionHead, cross_scale_loss
from semlib.sem.preprocess import normalize
from semlib.sem.pyramid import pyramid
from semlib.sem.train import TrainConfig, embed
from semlib.sem.views import Views

BATCH = 32


def plain_step(images: np.ndarray) -> Callable[[], None]:
    """Return the step of a plain loop."""
    encoder, head = Encoder(), ProjectionHead()
    optimizer = torch.optim.Adam([*encoder.parameters(), *head.parameters()], lr=1e-3)

    def step():
        z = [encoder(view) for view in pyramid(normalize(images[:BATCH]), levels=3)]
        loss = cross_scale_loss(z, [head(zk) for zk in z])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        loss.item()

    return step


def our_step(images: np.ndarray, precision: str) -> Callable[[], None]:
    """Return the step of ``fit``."""
    run = Run(TrainConfig(precision=precision, device="cpu"), len(images))
    views = Views(images, 3, "minmax", "cpu")
    rows = np.arange(BATCH)
    return lambda: run._step(views(rows))


def embedding(images: np.ndarray, precision: str) -> Callable[[], None]:
    """Return the embedding of a batch at L0."""
    encoder = Encoder().eval()
    return lambda: embed(encoder, images[:BATCH], precision=precision, device="cpu", batch_size=BATCH)


def plain_embedding(images: np.ndarray) -> Callable[[], None]:
    """Return the embedding of a batch as a user would write it."""
    encoder = Encoder().eval()

    @torch.no_grad()
    def run():
        encoder(torch.from_numpy(normalize(images[:BATCH])).unsqueeze(1)).numpy()

    return run


def peak(dtype: torch.dtype, n: int = 3000) -> Callable[[], None]:
    """Return a matrix product of 2 n³ FLOP."""
    a = torch.randn(n, n).to(dtype)
    return lambda: a @ a


def flop_of_a_step(size: int) -> float:
    """Return the multiplications and additions of the convolutions, forward and backward, of one image.

    Backward costs twice forward, but for the first layer, whose input needs no gradient.
    """
    total = 0.0
    for level in range(3):
        side = size // 2**level
        for layer, (cin, cout) in enumerate(((1, 32), (32, 64), (64, 128))):
            side = -(-side // 2)
            total += 2 * side * side * cout * 9 * cin * (2 if layer == 0 else 3)
    return total


ROWS: dict[str, Callable[[np.ndarray], Callable[[], None]]] = {
    "plain loop, float32": plain_step,
    "fit, float32": lambda images: our_step(images, "float32"),
    "fit, bf16": lambda images: our_step(images, "bf16"),
    "plain embedding, float32": plain_embedding,
    "embed, float32": lambda images: embedding(images, "float32"),
    "embed, bf16": lambda images: embedding(images, "bf16"),
    "peak float32": lambda _: peak(torch.float32),
    "peak bf16": lambda _: peak(torch.bfloat16),
}


PEERS = {
    "fit, float32": "plain loop, float32",
    "fit, bf16": "plain loop, float32",
    "embed, float32": "plain embedding, float32",
    "embed, bf16": "plain embedding, float32",
}


def time_row(name: str, size: int, steps: int) -> dict:
    """Time the steps of one row in this process, after two that are not counted."""
    images = np.random.default_rng(0).integers(0, 256, (2 * BATCH, size, size), np.uint8)
    run, seconds = ROWS[name](images), []
    with kept_blocks() if name.startswith("fit") else nullcontext():  # as fit does; embed does it itself
        for _ in range(steps + 2):
            start = time.perf_counter()
            run()
            seconds.append(time.perf_counter() - start)
    return {"seconds": seconds[2:], "mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}


def in_a_process(name: str, args: argparse.Namespace) -> dict:
    words = [sys.executable, __file__, "--row", name]
    words += [w for key in ("size", "steps", "threads") for w in (f"--{key}", str(getattr(args, key)))]
    return json.loads(subprocess.run(words, check=True, capture_output=True, text=True).stdout)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--size", type=int, default=512)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--steps", type=int, default=4, help="timed in each round")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--out", type=Path)
    parser.add_argument("--row", choices=ROWS, help=argparse.SUPPRESS)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    if args.row:
        print(json.dumps(time_row(args.row, args.size, args.steps)))
        return
    times: dict[str, list[float]] = {name: [] for name in ROWS}
    memory = dict.fromkeys(ROWS, 0.0)
    for _ in range(args.rounds):
        for name in ROWS:
            timed = in_a_process(name, args)
            times[name] += timed["seconds"]
            memory[name] = max(memory[name], timed["mb"])
    best = {name: min(seconds) for name, seconds in times.items()}
    middle = {name: float(np.median(seconds)) for name, seconds in times.items()}
    flop = flop_of_a_step(args.size)
    result = {"size": args.size, "batch": BATCH, "threads": args.threads}
    result |= {"rounds": args.rounds, "steps": args.steps}
    print(f"{args.size}² pixels, batch {BATCH}, {args.threads} threads; median (best) images/s")
    for name in ROWS:
        if name.startswith("peak"):
            continue
        result[name] = {
            "images_per_s": BATCH / middle[name],
            "best": BATCH / best[name],
            "peak_mb": memory[name],
        }
        line = f"{name:25} {BATCH / middle[name]:7.1f} ({BATCH / best[name]:.1f}), {memory[name]:.0f} MB"
        if name in PEERS:
            result[name]["times_the_plain_way"] = middle[PEERS[name]] / middle[name]
            line += f", {middle[PEERS[name]] / middle[name]:.1f} times the plain way"
        if name.startswith("fit"):
            dtype = name.split(", ")[1]
            of_peak = flop * BATCH / middle[name] / (2 * 3000**3 / middle[f"peak {dtype}"])
            result[name]["share_of_peak"] = of_peak
            line += f", {of_peak:.0%} of a matrix product's FLOP/s"
        print(line)
    for dtype in ("float32", "bf16"):
        result[f"peak {dtype} GFLOP/s"] = 2 * 3000**3 / middle[f"peak {dtype}"] / 1e9
        print(f"matrix product, {dtype}: {result[f'peak {dtype} GFLOP/s']:.0f} GFLOP/s")
    report(result, args.out)


if __name__ == "__main__":
    main()
