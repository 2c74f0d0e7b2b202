"""Train and score paper 1's methods at the paper's scale, and keep the results with their provenance.

    python tools/paper1.py FOLDER [--dataset synthetic|carinthia|PATH] [--seeds 0 1 2 3 4] [--score-only] ...

Trains the seeds that FOLDER lacks (see ``tools/paper1_train.py``), then scores the five methods and the
controls: ``results/paper1_NAME.json`` and, with the UMAP and t-SNE layouts,
``results/paper1_NAME_layouts.npz``. Features and layouts are kept in ``$SEMLIB_CACHE``: a run that was
interrupted goes on where it was. With ``--score-only`` nothing is trained, and the seeds found are scored.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from nb import ROOT, provenance
from paper1_train import arguments, opened, run_name, train, weights
from sklearn.metrics.cluster import contingency_matrix

from semlib.download import MissingDataError
from semlib.runtime import cached, fingerprint
from semlib.sem import pipeline, table
from semlib.sem._silhouette import silhouettes
from semlib.sem.collapse import effective_rank
from semlib.sem.controls import (
    controls,
    nmi_ceiling_attainable,
    nmi_ceiling_equal_clusters,
    nmi_ceiling_of_sizes,
    random_unit_vectors,
)
from semlib.sem.data import SemImages
from semlib.sem.evaluate import evaluate_clustering
from semlib.sem.preprocess import Preprocess
from semlib.sem.project import projection_quality
from semlib.sem.store import preprocessed
from semlib.sem.train import TrainConfig, embed

SCALINGS = {"raw": {}, "standardised": {"standardize": True}, "length 1": {"l2": True}}
PICTURED = (*table.METHODS, table.UNTRAINED)


def said(step: str, start: float = time.perf_counter()) -> None:
    """Say what is being done, and since when."""
    print(f"{time.perf_counter() - start:6.0f} s  {step}", flush=True)


def trained(args: argparse.Namespace, pixels: np.ndarray, source: str) -> list[tuple[dict, dict]]:
    """Return encoders and facts of each seed, trained first where need be, and make sure of what they are."""
    runs = []
    for seed in args.seeds:
        path = args.folder / f"{run_name(args)}-seed{seed}.safetensors"
        options = {"precision": args.precision, "normalize": args.normalize, "epochs": args.epochs}
        if not args.score_only:
            said(f"training, seed {seed}")
            train(path, pixels, TrainConfig(seed=seed, **options), source)
        elif not path.exists():
            continue
        encoders, facts = weights(path)
        other = {k: facts["config"][k] for k, v in options.items() if facts["config"][k] != v}
        if facts["pixels"] != fingerprint(pixels):
            other["images"] = facts["source"]
        if other:
            raise SystemExit(f"{path} is of another run: {other}; pass another folder, or its options")
        runs.append((encoders, facts))
    if not runs:
        raise SystemExit(f"{args.folder} holds no {run_name(args)}-seed*.safetensors; leave out --score-only")
    return runs


def all_features(pixels: np.ndarray, runs: list, args: argparse.Namespace) -> dict[str, list[np.ndarray]]:
    """Return the features of all rows of the table; those of the networks one for each seed."""
    features = table.plain_features(pixels, normalize=args.normalize)
    for row, encoder in ((table.SSL, "trained"), (table.UNTRAINED, "untrained")):
        features[row] = [embedded(encoders[encoder], pixels, args) for encoders, _ in runs]
    return {row: features[row] for row in table.METHODS + table.CONTROLS}


def embedded(encoder: torch.nn.Module, pixels: np.ndarray, args: argparse.Namespace) -> np.ndarray:
    """Return embeddings, from the disk where they were made before."""
    options = {"normalize": args.normalize, "precision": args.precision}
    state = [tensor.numpy() for tensor in encoder.state_dict().values()]
    key = {"pixels": fingerprint(pixels), "encoder": fingerprint(*state), **options}
    return cached("embed", lambda: {"z": embed(encoder, pixels, **options)}, package="semlib.sem", key=key)[
        "z"
    ]


def clusters_of(features: Mapping[str, Sequence[np.ndarray]], labels: np.ndarray | None, k: int) -> tuple:
    """Return what the clusters of each method's first version hold, and the clusters themselves."""
    facts, clusters = {}, {}
    for method, (x, *_) in features.items():
        c = evaluate_clustering(x, k=k).assignments
        (each,) = silhouettes(x - x.mean(axis=0, dtype=np.float64), [c])
        facts[method] = {
            "sizes": np.bincount(c).tolist(),
            "silhouettes": [round(float(each[c == i].mean()), 4) for i in range(c.max() + 1)],
        }
        if labels is not None:
            facts[method]["by_class"] = contingency_matrix(c, labels).tolist()
            facts[method]["nmi_ceiling_of_sizes"] = nmi_ceiling_of_sizes(labels, c)
        clusters[method] = c
    return facts, clusters


def layouts_of(features: Mapping[str, Sequence[np.ndarray]]) -> tuple[dict, dict]:
    """Return the UMAP and t-SNE layouts of each method's first version, and how far they can be trusted."""
    layouts, quality = {}, {}
    for method in PICTURED:
        x = features[method][0]
        neighbours = min(15, (len(x) - 1) // 2)
        made = {
            "umap": pipeline.umap_layout(x, n_neighbors=neighbours, seed=0),
            "tsne": pipeline.tsne_layout(x, perplexity=float(min(30, len(x) // 3)), seed=0),
        }
        said(f"layouts of {method}")
        for kind, xy in made.items():
            layouts[f"{kind} {method}"] = xy.astype(np.float16)
            quality[f"{kind} {method}"] = projection_quality(x, xy, neighbours)._asdict()
    return layouts, quality


def scored(features: dict, images: SemImages, args: argparse.Namespace) -> tuple[dict, dict]:
    """Return all values, and the arrays for pictures."""
    labels, k = images.labels, args.k
    scores = {}
    for name, options in SCALINGS.items():
        said(f"scores, features {name}")
        found = table.score_table(features, labels, k=k, resamples=args.resamples, **options)
        scores[name] = found.T.to_dict()
    said("K from 2 to 12")
    chance = {"Random vectors": [random_unit_vectors(len(images))]}
    sweep = table.k_sweep(features | chance, labels)
    columns = [c for c in sweep if c not in ("method", "version", "k")]
    clusters, assignments = clusters_of(features, labels, k)
    layouts, quality = layouts_of(features)
    values = {
        "scores": scores,
        "k": k,
        "sweep": {
            m: [{"k": v.k.tolist()} | {c: v[c].tolist() for c in columns} for _, v in rows.groupby("version")]
            for m, rows in sweep.groupby("method", sort=False)
        },
        "best_k": table.best_k(sweep).to_dict(),
        "clusters": clusters,
        "effective_rank": {
            m: [effective_rank(torch.from_numpy(np.ascontiguousarray(x))) for x in versions]
            for m, versions in features.items()
        },
        "projection_quality": quality,
    }
    arrays = layouts | {f"clusters {m}": a.astype(np.uint8) for m, a in assignments.items()}
    if labels is not None:
        values["controls"] = controls(labels, k=k).T.to_dict()
        values["ceilings"] = {
            "equal_clusters": nmi_ceiling_equal_clusters(labels, k),
            "attainable": nmi_ceiling_attainable(labels, k),
        }
        names, codes = np.unique(labels, return_inverse=True)
        values["classes"] = dict(zip(names.tolist(), np.bincount(codes).tolist(), strict=True))
        arrays["labels"] = codes.astype(np.uint8)
    return values, arrays


def training_facts(runs: list) -> dict:
    """Return how the encoders came to be, and their histories: mean, lowest and highest over the seeds."""
    histories = pd.concat([pd.DataFrame(facts["history"]) for _, facts in runs]).groupby("epoch")
    own = ("date", "commit", "uncommitted_code", "code", "machine", "parameters")
    return {
        "config": {k: v for k, v in runs[0][1]["config"].items() if k != "seed"},
        "runs": [
            {"seed": facts["config"]["seed"], "seconds": facts["seconds_since_start_or_resume"]}
            | {k: facts["provenance"][k] for k in own}
            for _, facts in runs
        ],
        "history": {
            how: getattr(histories, how)().reset_index().to_dict("list") for how in ("mean", "min", "max")
        },
    }


def about(images: SemImages, args: argparse.Namespace) -> str:
    """Say in a sentence which data these are, so that nobody takes the twin for the paper's."""
    if images.is_synthetic:
        return "The synthetic twin: made images, not the paper's data."
    if args.dataset == "carinthia":
        return "Carinthia, the paper's data" + (f": {args.n:,} images of it." if args.n else ".")
    return f"The images of {Path(args.dataset).name}, not the paper's data."


def rounded(value):
    """Return a value for JSON: six digits are enough, and what is undefined is null."""
    if isinstance(value, Mapping):
        return {str(k): rounded(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [rounded(v) for v in value]
    value = value.item() if isinstance(value, np.generic) else value
    if isinstance(value, float):
        return float(f"{value:.6g}") if np.isfinite(value) else None
    return value


def written(path: Path, write) -> None:
    """Write a file whole or not at all."""
    part = path.with_name(f"{path.name}.part{os.getpid()}")
    try:
        with part.open("wb") as file:
            write(file)
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)


def main(arguments_: Sequence[str] | None = None) -> None:
    parser = arguments(__doc__)
    parser.add_argument("--score-only", action="store_true", help="train nothing; score the seeds found")
    parser.add_argument("--k", type=int, default=6, help="clusters")
    parser.add_argument("--resamples", type=int, default=50, help="random halves behind an interval")
    parser.add_argument("--results", type=Path, default=ROOT / "results")
    parser.add_argument("--name", help="results/paper1_NAME.json; by default the data set and what differs")
    args = parser.parse_args(arguments_)
    try:
        images = opened(args.dataset, n=args.n)
    except MissingDataError as error:
        raise SystemExit(f"{args.dataset} is not at hand.\n{error}") from error
    said(f"{images.source}, {len(images):,} images")
    pixels = preprocessed(images, Preprocess(size=args.size))
    args.folder.mkdir(parents=True, exist_ok=True)
    options = {k: str(v) if isinstance(v, Path) else v for k, v in vars(args).items()}
    made_by = provenance(options | {"threads": torch.get_num_threads()}, [Path(__file__)])
    runs = trained(args, pixels, images.source)
    said(f"features, {len(runs)} seeds")
    values, arrays = scored(all_features(pixels, runs, args), images, args)
    same = ("n", "normalize", "precision", "size", "epochs", "k")
    plain = all(getattr(args, option) == parser.get_default(option) for option in same)
    name = args.name or (Path(args.dataset).name if plain else run_name(args))
    content = {
        "about": about(images, args),
        "data": {"source": images.source, "n": len(images), "size": args.size, "pixels": fingerprint(pixels)},
        "provenance": made_by,
        "training": training_facts(runs),
        "values": values,
    }
    args.results.mkdir(parents=True, exist_ok=True)
    text = json.dumps(rounded(content), indent=1, allow_nan=False) + "\n"
    written(args.results / f"paper1_{name}_layouts.npz", lambda f: np.savez_compressed(f, **arrays))
    written(args.results / f"paper1_{name}.json", lambda file: file.write(text.encode()))
    said(f"wrote {args.results}/paper1_{name}.json")


if __name__ == "__main__":
    main()
