"""Hold the SEM twin against the real 52x52 images: median [10 %, 90 %] per class, and a verdict.

    python tools/compare_twin.py --real PATH/TO/carinthia_52px

The twin's images go through JPEG at full size, as in its dataset on disk, and are then shrunk to 52x52.
"""

from __future__ import annotations

import argparse
import io
import json
import subprocess
from pathlib import Path

import numpy as np
import pandas as pd
from joblib import Parallel, delayed
from PIL import Image

from semlib.sem.synthetic import CLASS_COUNTS, CLASS_NAMES, JPEG_QUALITY, look_statistics, make_image

ROOT = Path(__file__).resolve().parents[1]
TWIN = [f"semlib/sem/{name}.py" for name in ("synthetic", "_acquisition", "_defects", "_look")]


def real_statistics(folder: Path) -> tuple[pd.DataFrame, np.ndarray]:
    """Return the statistics and the labels of the real images."""
    table = pd.read_csv(folder / "carinthia_52px.csv", sep=";")
    images = np.stack([np.asarray(Image.open(folder / path).convert("L")) for path in table["image_path"]])
    return look_statistics(images), table["label"].to_numpy()


def twin_statistics(label: int, n: int, seed: int, size: int) -> pd.DataFrame:
    """Return the statistics of n twin images of one class."""
    images = []
    for index in range(n):
        file = io.BytesIO()
        image = Image.fromarray(make_image(label, seed=seed, index=index, size=size))
        image.save(file, "JPEG", quality=JPEG_QUALITY)
        images.append(np.asarray(Image.open(file)))
    return look_statistics(np.stack(images))


def quantiles(values: pd.Series) -> list[float]:
    """Return the median, 10 % and 90 % quantiles, rounded."""
    return [round(float(q), 2) for q in values.quantile([0.5, 0.1, 0.9])]


def compare(real: pd.DataFrame, labels: np.ndarray, twin: dict[int, pd.DataFrame]) -> dict:
    """Return, per class and statistic, both sides' quantiles and the verdict."""
    classes = {}
    for label, made in twin.items():
        seen = real[labels == label]
        rows = {}
        for name in made:
            row = {"twin": quantiles(made[name])}
            if len(seen):
                row = {"real": quantiles(seen[name]), **row}
                low, high = row["real"][1:]
                row["verdict"] = "within" if low <= row["twin"][0] <= high else "outside"
            else:
                row["verdict"] = "no real image"
            rows[name] = row
        classes[str(label)] = {"name": CLASS_NAMES[label], "n_real": len(seen), "statistics": rows}
    return classes


def commit() -> str:
    """Return the last commit of the twin's sources, with "+changes" where they have been edited since."""
    git = ["git", "-C", str(ROOT)]
    last = subprocess.run([*git, "log", "-1", "--format=%H", "--", *TWIN], capture_output=True, text=True)
    edited = subprocess.run([*git, "status", "--porcelain", "--", *TWIN], capture_output=True, text=True)
    return (last.stdout.strip() or "unknown") + ("+changes" if edited.stdout.strip() else "")


def main() -> None:
    """Compare, write the JSON file, print what lies outside."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--real", type=Path, required=True, help="folder with carinthia_52px.csv")
    parser.add_argument("--out", type=Path, default=ROOT / "results" / "twin_vs_real.json")
    parser.add_argument("--n", type=int, default=300, help="twin images per class")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--size", type=int, default=480)
    parser.add_argument("--jobs", type=int, default=2)
    args = parser.parse_args()
    if not (args.real / "carinthia_52px.csv").is_file():
        parser.error(
            f"--real {args.real}: there is no carinthia_52px.csv; pass the folder of the real images"
        )

    real, labels = real_statistics(args.real)
    made = Parallel(n_jobs=args.jobs)(
        delayed(twin_statistics)(label, args.n, args.seed, args.size) for label in CLASS_COUNTS
    )
    classes = compare(real, labels, dict(zip(CLASS_COUNTS, made, strict=True)))
    result = {
        "what": "SEM twin against real Carinthia images, both at 52x52; each triple is median, 10 %, 90 %",
        "rule": "within: the twin's median lies in the real images' 10-90 % range",
        "notes": [
            "Real: images shrunk by an unknown resize, labels inferred, none of class 2, four of class 5.",
            "Twin: JPEG at full size, 4 px of 480 cut from each side, then point sampling to 52x52. The"
            " border is cut because the real 52x52 images show none.",
            "The statistics are defined in semlib.sem.synthetic.look_statistics.",
        ],
        "provenance": {
            "real": args.real.name,
            "n_real": len(real),
            "twin_per_class": args.n,
            "seed": args.seed,
            "size": args.size,
            "jpeg_quality": JPEG_QUALITY,
            "commit_of_the_twin": commit(),
        },
        "classes": classes,
    }
    args.out.parent.mkdir(parents=True, exist_ok=True)
    args.out.write_text(json.dumps(result, indent=1) + "\n")
    verdicts = [(label, name, row) for label, c in classes.items() for name, row in c["statistics"].items()]
    outside = [v for v in verdicts if v[2]["verdict"] == "outside"]
    inside = sum(row["verdict"] == "within" for *_, row in verdicts)
    unseen = len(verdicts) - inside - len(outside)
    print(f"{inside} within, {len(outside)} outside, {unseen} without a real image")
    for label, name, row in outside:
        print(f"outside: class {label}, {name}: real {row['real']}, twin {row['twin']}")


if __name__ == "__main__":
    main()
