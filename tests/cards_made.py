"""Small data sets in the published layouts, for the tests of the data cards."""

import io

import numpy as np
from PIL import Image

LABELS = [3, 6, 3, 1]


def encoded(pixels: np.ndarray, kind: str = "PNG") -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, kind, **({"quality": 95} if kind == "JPEG" else {}))
    return file.getvalue()


def picture(label: int) -> np.ndarray:
    """An image with a black column at the right; class 3 is lit from the left, the others from the right."""
    ramp = np.tile(np.linspace(90, 110, 64), (64, 1)) + 2 * (label == 1)
    image = (ramp[:, ::-1] if label == 3 else ramp).astype(np.uint8)
    image[:, -1] = 0
    return image


def carinthia(table="carinthia.csv", masks=False) -> dict[str, bytes]:
    """The files of a small archive in the published layout; image 2 is a copy of image 0."""
    names = [f"{i:032x}" for i in range(len(LABELS))]
    files, rows = {}, []
    for name, label in zip(names, LABELS, strict=True):
        files[f"data/images/{name}.jpg"] = encoded(picture(label), "JPEG")
        if masks:
            mask = np.zeros((64, 64), np.uint8)
            mask[10:20, 10:20] = 255 * (label != 6)
            mask[20, 10:20] = 100 * (label == 1)  # an edge of grey
            files[f"data/masks/{name}.png"] = encoded(mask)
        rows.append(
            f"images/{name}.jpg;masks/{name}.png;{name};{label}"
            if masks
            else f"images/{name}.jpg;{name}.jpg;{label}"
        )
    head = "image_path;mask_path;filename;label" if masks else "image_path;file_name;label"
    return {f"data/{table}": "\n".join([head, *rows, ""]).encode(), **files}


MAPS = np.tile(
    np.uint8([[0, 1, 1, 0], [1, 2, 1, 1], [1, 1, 2, 2], [0, 1, 1, 0]]), (5, 1, 1)
)  # 12 dies, 3 defective
MAPS[1, 0, 1] = 2
MAPS[2, 0, 1:3] = 3
MAPS[4, 3, 1] = 2  # maps 0 and 3 are equal
PATTERNS = np.eye(8, dtype=np.int32)[[0, 1, 7, 0, 1]]
PATTERNS[1, 3] = 1  # Donut and Edge-Ring
PATTERNS[3] = 0


def mixed() -> bytes:
    file = io.BytesIO()
    np.savez_compressed(file, arr_0=MAPS.astype(np.int32), arr_1=PATTERNS)
    return file.getvalue()
