"""Train paper 1's encoder at the paper's scale: 4,591 images at 512×512, 15 epochs, several seeds.

    python tools/paper1_train.py FOLDER [--dataset synthetic|carinthia|PATH] [--seeds 0 1 2 3 4]
                                 [--precision bf16] [--normalize minmax] [--size 512] [--epochs 15] [--n N]

Writes ``FOLDER/NAME-seedK.safetensors`` for each seed: the weights before and after training, and in the
metadata the history, the configuration, the data, the machine and the commit. Seeds that are done are left as
they are; one that was interrupted goes on after its last epoch. ``tools/paper1.py`` makes the scores.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from dataclasses import asdict
from pathlib import Path

import torch
from nb import provenance
from safetensors import safe_open
from safetensors.torch import save_file

from semlib.runtime import cache_dir, fingerprint
from semlib.sem.data import SemImages, open_images
from semlib.sem.model import Encoder
from semlib.sem.preprocess import Preprocess
from semlib.sem.store import preprocessed
from semlib.sem.synthetic import write_dataset
from semlib.sem.train import TrainConfig, fit, untrained


def opened(dataset: str, *, n: int | None = None, jobs: int = 4) -> SemImages:
    """Open the images; the twin is written as JPEG files first, so that it goes the same way as Carinthia."""
    if dataset != "synthetic":
        return open_images(dataset, n=n)
    folder = cache_dir() / f"twin-480-{n or 'all'}"
    if not folder.exists():
        write_dataset(folder, n, n_jobs=jobs)
    return open_images(folder, labels_csv=folder / "data" / "carinthia.csv")


def weights(path: Path) -> tuple[dict[str, Encoder], dict]:
    """Return the encoders "untrained" and "trained" of a file, and its facts."""
    with safe_open(path, framework="pt") as file:
        facts = json.loads(file.metadata()["facts"])
        encoders = {}
        for name in ("untrained", "trained"):
            encoder = Encoder(facts["config"]["dim"], facts["config"].get("pool", "average"))
            own = {k.removeprefix(name + "."): file.get_tensor(k) for k in file.keys() if k.startswith(name)}  # noqa: SIM118
            encoder.load_state_dict(own)
            encoders[name] = encoder.eval()
    return encoders, facts


def train(path: Path, pixels, config: TrainConfig, source: str) -> None:
    """Train once, unless that is done, and write both encoders with their facts."""
    if path.exists():
        print(f"{path} is there")
        return
    start = time.perf_counter()
    training = fit(pixels, config, resume=path.with_suffix(".checkpoint"))
    seconds = time.perf_counter() - start
    facts = {
        "config": asdict(config),
        "history": training.history.to_dict("list"),
        "source": source,
        "pixels": fingerprint(pixels),
        "shape": pixels.shape,
        "seconds_since_start_or_resume": round(seconds, 1),
        "provenance": provenance({"threads": torch.get_num_threads()}, [Path(__file__)]),
    }
    encoders = {"untrained": untrained(pixels, config), "trained": training.encoder}
    tensors = {f"{n}.{k}": t.contiguous() for n, e in encoders.items() for k, t in e.state_dict().items()}
    part = path.with_suffix(".part")
    save_file(tensors, part, metadata={"facts": json.dumps(facts)})
    os.replace(part, path)
    path.with_suffix(".checkpoint").unlink()
    print(f"{path}: {seconds:.0f} s, loss {training.history.loss.iloc[-1]:.4f}", flush=True)


def arguments(description: str) -> argparse.ArgumentParser:
    """Return the options that training and scoring share."""
    parser = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--dataset", default="synthetic")
    parser.add_argument("--seeds", type=int, nargs="+", default=list(range(5)))
    parser.add_argument("--precision", default="bf16")
    parser.add_argument("--normalize", default="minmax")
    parser.add_argument("--size", type=int, default=512)
    parser.add_argument("--epochs", type=int, default=15)
    parser.add_argument("--n", type=int)
    return parser


def run_name(args: argparse.Namespace) -> str:
    """Name the files of a run by what its options change."""
    some = f"-n{args.n}" if args.n else ""
    long = "" if args.epochs == TrainConfig.epochs else f"-{args.epochs}epochs"
    return f"{Path(args.dataset).name}{some}-{args.normalize}-{args.precision}-{args.size}px{long}"


def main() -> None:
    args = arguments(__doc__).parse_args()
    images = opened(args.dataset, n=args.n)
    pixels = preprocessed(images, Preprocess(size=args.size))
    args.folder.mkdir(parents=True, exist_ok=True)
    for seed in args.seeds:
        config = TrainConfig(
            seed=seed, precision=args.precision, normalize=args.normalize, epochs=args.epochs
        )
        train(args.folder / f"{run_name(args)}-seed{seed}.safetensors", pixels, config, images.source)


if __name__ == "__main__":
    main()
