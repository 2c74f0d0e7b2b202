"""Keep what the embedding explorer shows of a run at the paper's scale: thumbnails, neighbours, numbers.

    python tools/explorer_record.py FOLDER [--dataset synthetic|carinthia|PATH] [--side 56] ...

FOLDER holds the weights that ``tools/paper1.py`` trained, and ``results/paper1_NAME.json`` what it made of
them. Writes, beside that, ``paper1_NAME_explorer.webp``: all images in one sprite, row by row;
``paper1_NAME_explorer.npz``: for each method the nearest neighbours of each image among the features, with
their distances, and its silhouette, and for all the mean grey and the shading; and
``paper1_NAME_explorer.json``, which says what made them. Images and features come from ``$SEMLIB_CACHE``
where they are there: to make them anew takes some minutes.
"""

from __future__ import annotations

import json
from argparse import Namespace
from pathlib import Path

import numpy as np
from nb import ROOT, provenance
from paper1 import PICTURED, all_features, said, written
from paper1_train import arguments, opened, run_name, weights

from semlib.plots.explorer_pack import make_sprite, nearest, thumbnail
from semlib.runtime import fingerprint
from semlib.sem._silhouette import silhouettes
from semlib.sem.preprocess import Preprocess, normalize
from semlib.sem.store import preprocessed

NEAR = 6


def numbers(features: dict[str, list[np.ndarray]], clusters: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Return the arrays: neighbours, distances and silhouettes by method, grey and shading of each image."""
    arrays = {"mean grey": features["Mean grey (1 number)"][0][:, 0]}
    shading = features["Shading (2 numbers)"][0]
    arrays |= {"shading, across": shading[:, 0], "shading, down": shading[:, 1]}
    for method in PICTURED:
        x = features[method][0].astype(np.float64)
        near, distances = nearest(x, NEAR)
        (each,) = silhouettes(x - x.mean(axis=0), [clusters[f"clusters {method}"].astype(int)])
        arrays |= {f"near {method}": near.astype(np.uint16), f"distance {method}": distances}
        arrays |= {f"silhouette {method}": each}
        said(method)
    return {k: x if x.dtype == np.uint16 else x.astype(np.float16) for k, x in arrays.items()}


def check(arrays: dict[str, np.ndarray], scores: dict[str, dict]) -> None:
    """Stop where the features are not those of the recorded scores."""
    for method in PICTURED:
        here, there = float(arrays[f"silhouette {method}"].astype(float).mean()), scores[method]["silhouette"]
        # the recorded score of a network is a mean over seeds
        if abs(here - there) > (0.1 if method in PICTURED[-2:] else 0.002):
            raise SystemExit(f"{method}: mean silhouette {here:.4f}, but recorded {there:.4f}: another run")


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("--side", type=int, default=56, help="side of a thumbnail in pixels")
    parser.add_argument("--quality", type=int, default=70, help="of the WebP picture, 1 to 100")
    parser.add_argument("--results", type=Path, default=ROOT / "results")
    args: Namespace = parser.parse_args()
    images = opened(args.dataset, n=args.n)
    pixels = preprocessed(images, Preprocess(size=args.size))
    stem = f"paper1_{Path(args.dataset).name}"
    found = json.loads((args.results / f"{stem}.json").read_text())
    if fingerprint(pixels) != found["data"]["pixels"]:
        raise SystemExit(f"these are not the images of {stem}.json; pass its --dataset, --n and --size")
    made_by = provenance(
        {"dataset": args.dataset, "size": args.size, "side": args.side, "quality": args.quality},
        [Path(__file__)],
    )
    run = weights(args.folder / f"{run_name(args)}-seed0.safetensors")  # the seed of the layouts
    said("features")
    features = all_features(pixels, [run], args)
    with np.load(args.results / f"{stem}_layouts.npz") as stored:
        arrays = numbers(features, dict(stored))
    check(arrays, found["values"]["scores"]["raw"])
    small = [thumbnail(normalize(image, args.normalize), args.side) for image in pixels]
    sprite = make_sprite(small, args.side, quality=args.quality, method=6)
    about = {
        "about": found["about"],
        "n": len(images),
        "side": args.side,
        "columns": sprite.columns,
        "source": images.source,
        "provenance": made_by,
    }
    for end, write in {
        ".webp": lambda file: file.write(sprite.data),
        ".npz": lambda file: np.savez_compressed(file, **arrays),
        ".json": lambda file: file.write((json.dumps(about, indent=1) + "\n").encode()),
    }.items():
        written(args.results / f"{stem}_explorer{end}", write)
    said(f"wrote {args.results}/{stem}_explorer.webp, {len(sprite.data) / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
