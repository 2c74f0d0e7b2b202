"""Time training and embedding at the paper's size against a plain PyTorch loop, in one run.

    python benchmarks/sem_train.py [--size 512] [--steps 6] [--threads 4] [--out results/sem_train_time.json]

The peer is what a user would write: NCHW, float32, the views made from float32 images on the host. All rows
take turns, so that a busy machine slows all of them. The share of peak is measured FLOP/s over those of a
matrix product of the same dtype on the same threads, in the same run.
"""

from __future__ import annotations

import argparse
import resource
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from report import report

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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--size", type=int, default=512)
    parser.add_argument("--steps", type=int, default=6)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--out", type=Path)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    images = np.random.default_rng(0).integers(0, 256, (2 * BATCH, args.size, args.size), np.uint8)
    rows = {
        "plain loop, float32": plain_step(images),
        "fit, float32": our_step(images, "float32"),
        "fit, bf16": our_step(images, "bf16"),
        "embed, float32": embedding(images, "float32"),
        "embed, bf16": embedding(images, "bf16"),
        "peak float32": peak(torch.float32),
        "peak bf16": peak(torch.bfloat16),
    }
    seconds: dict[str, list[float]] = {name: [] for name in rows}
    for _ in range(args.steps + 1):
        for name, run in rows.items():
            start = time.perf_counter()
            run()
            seconds[name].append(time.perf_counter() - start)
    best = {name: min(times[1:]) for name, times in seconds.items()}  # the first is a warm-up
    middle = {name: float(np.median(times[1:])) for name, times in seconds.items()}
    flop = flop_of_a_step(args.size)
    result = {"size": args.size, "batch": BATCH, "threads": args.threads, "steps": args.steps}
    print(f"{args.size}² pixels, batch {BATCH}, {args.threads} threads; median (best) of {args.steps}")
    for name in list(rows)[:5]:
        rate = BATCH / middle[name]
        result[name] = {"images_per_s": rate, "best": BATCH / best[name]}
        line = f"{name:22} {rate:7.1f} ({BATCH / best[name]:.1f}) images/s"
        if name.startswith("fit"):
            dtype = name.split(", ")[1]
            of_peak = flop * BATCH / best[name] / (2 * 3000**3 / best[f"peak {dtype}"])
            ratio = middle["plain loop, float32"] / middle[name]
            result[name] |= {"times_the_plain_loop": ratio, "share_of_peak": of_peak}
            line += f", {ratio:.1f} times the plain loop, {of_peak:.0%} of a matrix product's FLOP/s"
        print(line)
    for dtype in ("float32", "bf16"):
        result[f"peak {dtype} GFLOP/s"] = 2 * 3000**3 / best[f"peak {dtype}"] / 1e9
        print(f"matrix product, {dtype}: {result[f'peak {dtype} GFLOP/s']:.0f} GFLOP/s")
    result["peak_rss_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"peak memory {result['peak_rss_mb']:.0f} MB")
    report(result, args.out)


if __name__ == "__main__":
    main()
