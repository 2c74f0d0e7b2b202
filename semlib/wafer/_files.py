"""One file of wafer maps becomes arrays, or an error that names it. Nothing in a file is ever run."""

from __future__ import annotations

import warnings
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from PIL import Image

from semlib.wafer import die_list
from semlib.wafer._table import TEXT_ENDINGS, ending, map_of_numbers, natural, read_in_folders, read_text
from semlib.wafer.maps import DEFECTIVE, GOOD, check_map


@dataclass(frozen=True)
class Read:
    """The maps of a file, a label for each or None, how a die list was read or None, and a name for each."""

    maps: list[np.ndarray]
    labels: np.ndarray | None = None
    listed: tuple[str, ...] | None = None
    names: tuple[str, ...] = ()


def files_in(path: Path) -> tuple[list[Path], tuple[str, ...]]:
    """Return the files of maps that a path names, and what is to be noted of others in a folder."""
    if not path.is_dir():
        return [path], ()
    files = sorted((p for p in path.iterdir() if ending(p) in READERS and p.is_file()), key=natural)
    maps = [p for p in files if read_in_folders(p)]
    if not maps:
        known = ", ".join(READERS).replace(".txt, ", "")
        hint = "; pass a .txt file by itself" if files else ""
        hint += "; its sub-folders are not read" * any(p.is_dir() for p in path.iterdir())
        raise FileNotFoundError(f"the folder {path} holds no {known} file{hint}")
    passed_over = len(files) - len(maps)
    folders = sum(p.is_dir() for p in path.iterdir())
    notes = (f"{passed_over} .txt in the folder not read",) * bool(passed_over)
    return maps, notes + (f"{folders} sub-folder{'s' * (folders > 1)} not read",) * bool(folders)


def read(path: Path, options: Mapping) -> Read:
    """Read a file of maps. The options go to die lists."""
    die_list.check_options(options)
    reader = READERS.get(ending(path))
    if reader is None:
        raise ValueError(f"{path} has the ending {path.suffix!r}; readable are {', '.join(READERS)}")
    found = _from_text(path, options) if reader is _from_text else reader(path)
    checked = [check_map(m, name=f"{path.name} map {i}") for i, m in enumerate(found.maps)]
    if not checked:
        raise ValueError(f"{path} holds no map")
    inside = found.names or tuple(f"map {i}" for i in range(len(checked)))
    names = tuple(f"{path.name}, {name}" for name in inside) if len(checked) > 1 else (path.name,)
    return replace(found, maps=checked, names=names)


#: Bytes of all arrays of an .npz together; all of WM-811K has 1.6 GB.
MAX_UNPACKED = 4 << 30
_THIN = 3  # times as high as wide: hardly a wafer


def read_arrays(path: Path) -> dict[str, np.ndarray]:
    """Read the arrays of an .npy or .npz file without running anything that a pickle in it may hold."""
    _check_unpacked_size(path)
    try:
        with path.open("rb") as file:
            stored = np.load(file, allow_pickle=False)
            if isinstance(stored, np.ndarray):
                return {"array": stored}
            return {name: np.asarray(stored[name]) for name in stored.files}
    except Exception as error:  # a damaged file makes numpy and zipfile raise nearly anything
        reason = f"{error}; is it complete?"
        if "pickle" in str(error):  # numpy's own text recommends to load it all the same
            reason = "no numpy file, or one with Python objects; save plain numbers, as pickles can run code"
        raise ValueError(f"{path} cannot be read: {reason}") from error


def _check_unpacked_size(path: Path) -> None:
    """Refuse an archive of some MB that would fill the memory; a damaged one is named when it is read."""
    try:
        with zipfile.ZipFile(path) as archive:
            size = sum(entry.file_size for entry in archive.infolist())
    except Exception:  # no archive, or a damaged one, which makes zipfile raise nearly anything
        return
    if size > MAX_UNPACKED:
        raise ValueError(
            f"{path} unpacks to {size / 1e9:.1f} GB, over {MAX_UNPACKED / 1e9:.1f}; "
            "save the maps as uint8, or in several files"
        )


def _stack(array: np.ndarray, path: Path) -> list[np.ndarray]:
    if array.ndim not in (2, 3):
        raise ValueError(f"{path} holds an array of shape {array.shape}; pass (H, W) or (N, H, W)")
    if array.ndim == 3 and len(array) == array.shape[1] > _THIN * array.shape[2]:
        warnings.warn(
            f"{path} holds an array of shape {array.shape}, read as {len(array)} maps; if they are "
            f"{array.shape[2]}, save np.moveaxis(maps, -1, 0)",
            stacklevel=4,
        )
    return [array] if array.ndim == 2 else list(array)


def _from_numpy(path: Path) -> Read:
    arrays = read_arrays(path)
    if {"flat", "offsets", "shapes"} <= set(arrays):
        return _ragged(arrays, path)
    if len(arrays) != 1:
        raise ValueError(
            f"{path} holds {sorted(arrays)}; pass one array (H, W) or (N, H, W), or flat, offsets and shapes"
        )
    return Read(_stack(next(iter(arrays.values())), path))


def _ragged(arrays: dict[str, np.ndarray], path: Path) -> Read:
    flat, offsets, shapes = (arrays[name] for name in ("flat", "offsets", "shapes"))
    fits = flat.ndim == offsets.ndim == 1 and shapes.shape == (len(offsets) - 1, 2)
    fits = fits and {offsets.dtype.kind, shapes.dtype.kind} <= {"i", "u"}
    fits = fits and ((shapes > 0) & (shapes <= len(flat))).all() and offsets[-1] == len(flat)
    if not fits or not np.array_equal(offsets, [0, *shapes.prod(axis=1).cumsum()]):
        raise ValueError(f"{path}: flat, offsets and shapes do not fit each other; see load_maps")
    types = arrays.get("failureType")
    if types is not None and types.shape != (len(shapes),):
        raise ValueError(f"{path}: failureType has the shape {types.shape}, for {len(shapes)} maps")
    ends = zip(offsets[:-1], offsets[1:], shapes, strict=True)
    maps = [flat[start:stop].reshape(shape) for start, stop, shape in ends]
    try:
        return Read(maps, None if types is None else types.astype(str))
    except (UnicodeError, ValueError) as error:
        raise ValueError(f"{path}: failureType is no plain text ({error}); save it as text") from error


def _from_text(path: Path, options: Mapping) -> Read:
    text = read_text(path)
    if not die_list.has_columns(text):
        return Read([map_of_numbers(text, path)])
    dies = die_list.parse(text, path, **options)
    return Read(dies.maps, listed=dies.notes, names=dies.names)


#: Pillow tells formats by content: it would hand PostScript with the ending .png to another program to run.
_PNG = ("PNG",)


def _from_png(path: Path) -> Read:
    try:
        with Image.open(path, formats=_PNG) as image:
            image.verify()  # the checksums: reading alone returns other values from some damaged files
        with Image.open(path, formats=_PNG) as image:
            mode, values = image.mode, np.asarray(image)
            if mode == "P":  # what counts are its colours, not the numbers that a program gave them
                colours = np.array(image.getpalette() or []).reshape(-1, 3)
                mode, values = "RGB", colours[values]
    except Exception as error:  # a damaged file makes Pillow raise nearly anything
        raise ValueError(f"{path} cannot be read as .png: {error}") from error
    grey = mode in ("RGB", "RGBA") and (values[..., :3] == values[..., :1]).all()
    if grey and (values[..., 3:] == 255).all():  # opaque too
        mode, values = "L", values[..., 0]
    if mode not in ("L", "I;16"):
        raise ValueError(f"{path} is a picture of mode {mode}; save it as 8-bit grey with the values 0, 1, 2")
    greys = {0: 0, 127: GOOD, 128: GOOD, 255: DEFECTIVE}
    if values.max() > 2 and set(np.unique(values)) <= set(greys):
        values = np.vectorize(greys.get, otypes=[np.uint8])(values)
    return Read([values])


#: By ending; other files are no maps.
READERS: dict[str, Callable[..., Read]] = {
    ".npy": _from_numpy,
    ".npz": _from_numpy,
    ".png": _from_png,
    **dict.fromkeys(TEXT_ENDINGS, _from_text),
}
