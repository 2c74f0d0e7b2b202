"""What every heavy step needs: the device, a progress bar, and a cache on disk that cannot go stale."""

from __future__ import annotations

import hashlib
import importlib.metadata
import importlib.util
import json
import os
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, is_dataclass
from functools import cache
from pathlib import Path

import numpy as np
from filelock import FileLock
from tqdm import tqdm

# A result can change with any of these, so they are part of every cache key.
_LIBRARIES = ("numpy", "scipy", "scikit-learn", "scikit-image", "PyWavelets", "pillow", "torch", "umap-learn")


def cache_dir() -> Path:
    """Return the folder of cached results: ``$SEMLIB_CACHE``, else the user's cache folder."""
    import pooch

    return Path(os.environ.get("SEMLIB_CACHE") or pooch.os_cache("semlib"))


def code_hash(package: str) -> str:
    """Return the SHA-256 of all Python sources of a package, such as ``"semlib.sem"``.

    The whole package and not one module: a step's result depends on whatever it calls, and a list kept by
    hand would be wrong one day.
    """
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise ValueError(f"package={package!r} is not a package that can be imported; pass e.g. 'semlib.sem'")
    digest = hashlib.sha256()
    for path in sorted(Path(spec.submodule_search_locations[0]).rglob("*.py")):
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def fingerprint(*arrays: np.ndarray) -> str:
    """Return the SHA-256 of arrays: their bytes, shapes and dtypes."""
    digest = hashlib.sha256()
    for array in arrays:
        digest.update(f"{array.dtype.str}{array.shape}".encode())
        digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()


@cache
def library_versions() -> dict[str, str]:
    """Return the versions of the libraries that results depend on."""
    versions = {}
    for name in _LIBRARIES:
        try:
            versions[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            versions[name] = "absent"
    return versions


def _plain(value):
    """Turn a configuration into something that JSON writes in one way only."""
    if is_dataclass(value) and not isinstance(value, type):
        return {type(value).__name__: _plain(asdict(value))}
    if isinstance(value, Mapping):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(v) for v in value]
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, (str, int, float, bool)) or value is None:
        return value
    raise TypeError(f"key holds a {type(value).__name__}; pass numbers, text, lists, mappings, dataclasses")


def cached(
    step: str, make: Callable[[], Mapping[str, np.ndarray]], *, package: str, key: Mapping
) -> dict[str, np.ndarray]:
    """Return the arrays that ``make`` gives, from the disk where the same step was done before.

    Parameters
    ----------
    step : str
        The step's name; the beginning of the file's name.
    make : callable
        Takes nothing, returns a mapping of names to arrays.
    package : str
        The package whose sources make the result, such as ``"semlib.sem"``. Any change in it is another key.
    key : mapping
        All else that the result depends on: the data's fingerprint, configuration, seed. Numbers, text,
        lists, mappings and dataclasses.

    Returns
    -------
    dict of str to ndarray
        What ``make`` returned. A file is written whole or not at all; of two processes that need the same
        result, one makes it and the other waits.
    """
    text = json.dumps(
        _plain({"key": key, "code": code_hash(package), "libraries": library_versions()}), sort_keys=True
    )
    path = cache_dir() / f"{step}-{hashlib.sha256(text.encode()).hexdigest()[:24]}.npz"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(path.with_suffix(".lock")):
            if not path.exists():
                part = path.with_suffix(f".part{os.getpid()}")
                try:
                    with part.open("wb") as file:
                        np.savez(file, **make())
                    os.replace(part, path)
                finally:
                    part.unlink(missing_ok=True)
    with np.load(path, allow_pickle=False) as stored:
        return {name: stored[name] for name in stored.files}


def progress_bar(iterable: Iterable | None = None, *, progress: bool = True, **options) -> tqdm:
    """Return a tqdm bar, with tqdm's own options; a silent one with ``progress=False`` or ``TQDM_DISABLE=1``.

    The variable keeps stored notebooks silent; tqdm itself would read it only once, when it is imported.
    """
    return tqdm(iterable, **options, disable=not progress or bool(os.environ.get("TQDM_DISABLE")))


def device(name: str = "auto") -> str:
    """Return ``"cuda"`` where PyTorch sees a GPU, else ``"cpu"``; any other name is returned as it is.

    Where it is a GPU, its name is printed, once per process. On Colab without one, how to get one is printed.
    """
    import torch

    found = name
    if name == "auto":
        found = "cuda" if torch.cuda.is_available() else "cpu"
    if found.startswith("cuda"):
        _say_once(f"Runs on the GPU {torch.cuda.get_device_name(found)}")
    elif name == "auto" and "google.colab" in sys.modules:
        _say_once("Runs on the CPU. For a GPU: menu Runtime, Change runtime type; then run all cells again")
    return found


@cache
def _say_once(text: str) -> None:
    print(text, flush=True)
