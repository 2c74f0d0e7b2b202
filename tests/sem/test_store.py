"""The store: values of ``Preprocess.resize``, made once, whatever interrupts it and whoever is at it too."""

import os
import shutil
import signal
import subprocess
import sys
import textwrap
import threading
import warnings
from collections import Counter
from dataclasses import replace
from errno import EACCES, ENOSPC, EROFS
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from semlib.sem import _store_files, _store_sums, pipeline, store
from semlib.sem._items import FileItem, TwinItem
from semlib.sem.data import SemImages
from semlib.sem.preprocess import Preprocess, normalize
from semlib.sem.store import preprocessed
from semlib.sem.train import TrainConfig, embed, fit

STEP = Preprocess(border=2, size=32)
N = 23


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch):
    """Blocks of four images of STEP's size, each brought to the disk at once."""
    monkeypatch.setattr(store, "_BLOCK", 4 * 32 * 32)
    monkeypatch.setattr(_store_files, "SYNC_BYTES", 4 * 32 * 32)


@pytest.fixture
def folder(tmp_path):
    """23 images of several sizes as PNG, in folder images; no two alike."""
    rng = np.random.default_rng(0)
    (tmp_path / "images").mkdir()
    for i in range(N):
        shape = rng.integers(20, 60, 2)
        noise = rng.integers(0, 256, shape, dtype=np.uint8)
        Image.fromarray(noise).save(tmp_path / "images" / f"{i:02d}.png")
    return tmp_path / "images"


@pytest.fixture
def images(folder):
    return SemImages.from_folder(folder)


@pytest.fixture
def reads(monkeypatch):
    """Counts how often each file is decoded."""
    counts = Counter()
    read = FileItem.read

    def counted(self):
        counts[self.path.name] += 1
        return read(self)

    monkeypatch.setattr(FileItem, "read", counted)
    return counts


def of(kind, tmp_path):
    """Return the files of a kind in the store's folder."""
    return sorted((tmp_path / "store").rglob(kind))


# --- values


@pytest.mark.parametrize("n_jobs", [1, 3, None])
def test_values_are_those_of_resize(images, tmp_path, n_jobs):
    result = preprocessed(images, STEP, folder=tmp_path / "store", n_jobs=n_jobs)
    assert isinstance(result, np.memmap)
    assert (result.shape, result.dtype) == ((N, 32, 32), np.uint8)
    np.testing.assert_array_equal(result, STEP.resize(images))
    with pytest.raises(ValueError, match="read-only"):
        result[0] = 0


def test_other_number_types_make_float32(tmp_path):
    """One image that is not uint8, the last, is enough; what was done before is not made again."""
    rng = np.random.default_rng(1)
    eight = [rng.integers(0, 256, (40, 40), dtype=np.uint8) for _ in range(9)]
    others = [rng.integers(0, 65536, (40, 40), dtype=np.uint16), rng.random((40, 40), dtype=np.float32) * 3]
    for i, arrays in enumerate((eight + others, others + eight, others)):
        images = SemImages.from_arrays(arrays)
        for folder in (
            tmp_path / "store",
            tmp_path / "store" / str(i),
        ):  # with others to copy from, and alone
            result = preprocessed(images, STEP, folder=folder)
            assert result.dtype == np.float32
            np.testing.assert_array_equal(result, STEP.resize(images))
    assert not of("*.part", tmp_path)
    assert not of("*.done", tmp_path)


def test_widening_keeps_what_is_done(folder, tmp_path, reads):
    Image.fromarray(np.full((40, 40), 40000, np.uint16)).save(folder / "99.png")
    images = SemImages.from_folder(folder)
    result = preprocessed(images, STEP, folder=tmp_path / "store", n_jobs=1)
    assert reads["00.png"] == 1
    assert reads["99.png"] == 2
    np.testing.assert_array_equal(result, STEP.resize(images))


def test_the_twin_and_arrays(tmp_path):
    twin = SemImages.synthetic(6, seed=2, size=48)
    for images in (twin, SemImages.from_arrays(list(twin))):
        np.testing.assert_array_equal(
            preprocessed(images, STEP, folder=tmp_path / "store"), STEP.resize(images)
        )
    assert len(of("*.npy", tmp_path)) == 4  # images and digests of two: a recipe is no array


# --- made once


def test_made_once(images, tmp_path, reads):
    first = preprocessed(images, STEP, folder=tmp_path / "store")
    assert set(reads.values()) == {1}
    again = preprocessed(SemImages.from_folder(images.items[0].path.parent), STEP, folder=tmp_path / "store")
    labelled = replace(images, labels=np.arange(N), names=[f"other {i}" for i in range(N)])
    preprocessed(labelled, replace(STEP, normalize="none"), folder=tmp_path / "store")
    assert sum(reads.values()) == N
    np.testing.assert_array_equal(first, again)


def test_what_makes_another_store(images, tmp_path, reads, monkeypatch):
    preprocessed(images, STEP, folder=tmp_path / "store")
    for step in (replace(STEP, border=3), replace(STEP, size=40)):
        reads.clear()
        result = preprocessed(images, step, folder=tmp_path / "store")
        assert set(reads.values()) == {1}
        np.testing.assert_array_equal(result, step.resize(images))
    reads.clear()
    for step in (STEP, replace(STEP, border=3), replace(STEP, size=40)):
        preprocessed(images, step, folder=tmp_path / "store")
    assert not reads  # they do not displace one another
    monkeypatch.setattr(store, "_code", lambda: "0" * 64)  # as after a change in the code
    preprocessed(images, STEP, folder=tmp_path / "store")
    assert sum(reads.values()) == N


def test_the_key_holds_code_and_libraries(monkeypatch):
    code = store._code()
    source = store.sources_of(Preprocess.__module__)
    for name in ("preprocess.py", "_read.py"):
        assert (Path(store.__file__).parent / name).read_bytes() in source
    for name, value in {"version": lambda name: "0", "sources_of": lambda name: b""}.items():
        with monkeypatch.context() as patch:
            patch.setattr(store, name, value)
            assert store._code.__wrapped__() != code


def test_images_are_copied_from_other_stores(folder, images, tmp_path, reads):
    whole = np.array(preprocessed(images, STEP, folder=tmp_path / "store"))
    reads.clear()
    part = images.subset([5, 20, 5, 0])
    np.testing.assert_array_equal(preprocessed(part, STEP, folder=tmp_path / "store"), whole[[5, 20, 5, 0]])
    assert not reads
    Image.fromarray(np.full((30, 30), 9, np.uint8)).save(folder / "07.png")
    mended = SemImages.from_folder(folder)
    result = preprocessed(mended, STEP, folder=tmp_path / "store")
    assert reads == {"07.png": 1}
    np.testing.assert_array_equal(result, STEP.resize(mended))


def test_the_cache_folder_is_the_default(images, tmp_path, monkeypatch):
    monkeypatch.setenv("SEMLIB_CACHE", str(tmp_path / "cache"))
    path = Path(preprocessed(images, STEP).filename)
    assert path.is_relative_to(tmp_path / "cache" / "sem_images")


@pytest.mark.parametrize(
    "damage",
    [
        lambda path: path.write_bytes(path.read_bytes()[:9000]),
        lambda path: path.write_bytes(b""),
        lambda path: path.write_text("no array"),
        lambda path: path.unlink(),
        lambda path: path.with_suffix(".sums.npz").unlink(),
        lambda path: path.with_suffix(".sums.npz").write_bytes(b"PK damaged"),
        lambda path: np.savez(path.with_suffix(".sums.npz"), marks=np.zeros(3, np.uint64)),
    ],
)
def test_a_damaged_store_is_made_again(images, tmp_path, damage):
    first = preprocessed(images, STEP, folder=tmp_path / "store")
    expected, path = np.array(first), Path(first.filename)
    damage(path)
    np.testing.assert_array_equal(preprocessed(images, STEP, folder=tmp_path / "store"), expected)


def test_pixels_changed_on_the_disk_are_made_again(images, tmp_path, reads):
    first = preprocessed(images, STEP, folder=tmp_path / "store")
    expected, path = np.array(first), Path(first.filename)
    with path.open("r+b") as file:
        file.seek(first.offset + 7 * 32 * 32 + 5)
        file.write(b"XXXX")
    os.utime(path, ns=(1, 1))  # another time, however coarse the disk's clock is
    reads.clear()
    np.testing.assert_array_equal(preprocessed(images, STEP, folder=tmp_path / "store"), expected)
    assert reads == {"07.png": 1}
    with path.open("r+b") as file:
        file.seek(first.offset)
        file.write(b"XXXX")
    os.utime(path, ns=(1, 1))  # another store does not copy it either
    np.testing.assert_array_equal(
        preprocessed(images.subset([0, 1]), STEP, folder=tmp_path / "store"), expected[:2]
    )


def test_a_finished_store_is_read_whole_only_if_its_time_has_changed(images, tmp_path, reads, monkeypatch):
    path = Path(preprocessed(images, STEP, folder=tmp_path / "store").filename)
    reads.clear()
    checked = []
    intact = _store_files.intact
    monkeypatch.setattr(_store_files, "intact", lambda *found: checked.append(1) or intact(*found))
    for times in (0, 1, 1):  # after one check the new time is known
        if times and not checked:
            os.utime(path, ns=(1, 1))
        preprocessed(images, STEP, folder=tmp_path / "store")
        assert len(checked) == times
    assert not reads


def test_files_have_the_mode_of_the_umask(images, folder, tmp_path, monkeypatch):
    Image.fromarray(np.zeros((4, 4), np.uint8)).save(folder / "99.png")  # leaves a part
    before = os.umask(0o027)
    try:
        preprocessed(images, STEP, folder=tmp_path / "store")
        with pytest.raises(ValueError, match="1 of 24 images"):
            preprocessed(SemImages.from_folder(folder), STEP, folder=tmp_path / "store")
    finally:
        os.umask(before)
    files = [path for path in of("*", tmp_path) if path.is_file() and path.suffix != ".lock"]
    assert len(files) == 6
    assert {path.stat().st_mode & 0o777 for path in files} == {0o640}


@pytest.mark.parametrize("code", [EACCES, EROFS])
def test_a_folder_that_cannot_be_written(images, tmp_path, monkeypatch, code):
    """A finished store is opened, even one of another time; of others the remedy is said."""
    expected = preprocessed(images, STEP, folder=tmp_path / "store")
    os.utime(expected.filename, ns=(1, 1))

    def refuses(*_, **__):
        raise OSError(code, os.strerror(code))

    for owner, name in ((store, "FileLock"), (Path, "mkdir"), (_store_sums, "replace")):
        monkeypatch.setattr(owner, name, refuses)
    np.testing.assert_array_equal(preprocessed(images, STEP, folder=tmp_path / "store"), expected)
    says = (
        r"store/border.* cannot be written \(.*\), and has no finished store .* pass folder=, or set SEMLIB_C"
    )
    with pytest.raises(OSError, match=says) as caught:
        preprocessed(images.subset([1]), STEP, folder=tmp_path / "store")
    assert caught.value.errno == code


@pytest.mark.parametrize(("shape", "dtype"), [((N, 32, 31), "uint8"), ((N, 32, 32), "float64")])
def test_what_is_no_store_is_not_taken_for_one(tmp_path, shape, dtype):
    np.save(tmp_path / "a.npy", np.zeros(shape, dtype))
    assert _store_files.open_store(tmp_path / "a.npy", (N, 32, 32)) is None
    np.save(tmp_path / "a.npy", np.array([None]))  # would need a pickle
    assert _store_files.open_store(tmp_path / "a.npy", (1,)) is None


# --- interrupted

CHILD = """
    import os, signal, sys
    from semlib.sem import _store_files, store
    from semlib.sem.data import SemImages
    from semlib.sem.preprocess import Preprocess

    store._BLOCK = _store_files.SYNC_BYTES = 4 * 32 * 32
    sync, count = _store_files.Part.sync, [0]

    def killed(self):
        sync(self)
        count[0] += 1
        if count[0] == 4:  # the first is that of copying
            os.kill(os.getpid(), signal.SIGKILL)

    _store_files.Part.sync = killed
    images = SemImages.from_folder(sys.argv[1])
    store.preprocessed(images, Preprocess(border=2, size=32), folder=sys.argv[2], n_jobs=2)
"""


def test_killed_half_way(images, folder, tmp_path, reads):
    script = textwrap.dedent(CHILD)
    arguments = [sys.executable, "-c", script, str(folder), str(tmp_path / "store")]
    env = {**os.environ, "OMP_NUM_THREADS": "1"}
    child = subprocess.run(arguments, check=False, env=env, timeout=60)
    assert child.returncode == -signal.SIGKILL
    (part,) = of("*.part", tmp_path)
    done = _store_files.read_done(part, N)
    assert done.sum() == 12  # three blocks of four
    result = preprocessed(images, STEP, folder=tmp_path / "store")
    assert reads == {name: 1 for name, d in zip(images.names, done, strict=True) if not d}
    np.testing.assert_array_equal(result, preprocessed(images, STEP, folder=tmp_path / "uninterrupted"))
    assert not of("*.part", tmp_path)
    assert not of("*.done", tmp_path)


@pytest.mark.parametrize("error", [KeyboardInterrupt, MemoryError])
def test_interrupted(images, tmp_path, reads, monkeypatch, error):
    with monkeypatch.context() as patch:
        resized = store._resized

        def stops(images, step, rows):
            if 12 in rows:
                raise error
            return resized(images, step, rows)

        patch.setattr(store, "_resized", stops)
        with pytest.raises(error):
            preprocessed(images, STEP, folder=tmp_path / "store", n_jobs=1)
    assert not of("????????????????????????.npy", tmp_path)
    reads.clear()
    result = preprocessed(images, STEP, folder=tmp_path / "store")
    assert sorted(reads) == images.names[12:]
    np.testing.assert_array_equal(result, STEP.resize(images))


def test_what_is_not_on_the_disk_is_not_marked(images, tmp_path, reads, monkeypatch):
    """The disk refuses to take the third block: its images, and only they, are made again."""
    fsync, calls = os.fsync, []

    def full(handle):
        calls.append(handle)
        if len(calls) == 4:  # the first is that of copying
            raise OSError(ENOSPC, "No space left on device")
        fsync(handle)

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(OSError, match="No space left"):
            preprocessed(images, STEP, folder=tmp_path / "store", n_jobs=1)
    (part,) = of("*.part", tmp_path)
    assert np.flatnonzero(_store_files.read_done(part, N)).tolist() == list(range(8))
    reads.clear()
    np.testing.assert_array_equal(
        preprocessed(images, STEP, folder=tmp_path / "store"),
        STEP.resize(SemImages.from_arrays(list(images))),
    )


def test_a_full_disk(images, tmp_path, monkeypatch):
    with monkeypatch.context() as patch:
        usage = shutil.disk_usage(tmp_path)
        patch.setattr(shutil, "disk_usage", lambda path: usage._replace(free=20_000))
        with pytest.raises(
            OSError, match=r"store/.* has 0 MB free, and the images need 0 MB; make room"
        ) as caught:
            preprocessed(images, STEP, folder=tmp_path / "store")
        assert caught.value.errno == ENOSPC
    assert len(preprocessed(images, STEP, folder=tmp_path / "store")) == N


def fails(*_):
    raise OSError("no")


def test_a_part_changed_on_the_disk(images, tmp_path, reads, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(_store_files.Part, "finish", fails)
        with pytest.raises(OSError, match="no"):
            preprocessed(images, STEP, folder=tmp_path / "store")
    (part,) = of("*.part", tmp_path)
    with part.open("r+b") as file:
        file.seek(-4, os.SEEK_END)
        file.write(b"XXXX")
    reads.clear()
    result = preprocessed(images, STEP, folder=tmp_path / "store")
    assert reads == {"22.png": 1}
    np.testing.assert_array_equal(result, STEP.resize(images))


@pytest.mark.parametrize("damaged", ["*.done", "*.part"])
def test_a_damaged_part_is_begun_again(images, tmp_path, monkeypatch, damaged):
    with monkeypatch.context() as patch:
        patch.setattr(_store_files.Part, "finish", fails)
        with pytest.raises(OSError, match="no"):
            preprocessed(images, STEP, folder=tmp_path / "store")
    (path,) = of(damaged, tmp_path)
    path.unlink()
    if damaged == "*.part":
        path.write_bytes(bytes(100))
    np.testing.assert_array_equal(preprocessed(images, STEP, folder=tmp_path / "store"), STEP.resize(images))


def test_several_at_once(images, tmp_path, reads):
    results = []
    threads = [
        threading.Thread(
            target=lambda: results.append(preprocessed(images, STEP, folder=tmp_path / "store", n_jobs=2))
        )
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(reads.values()) == {1}
    expected = STEP.resize(images)
    assert len(results) == 4
    for result in results:
        np.testing.assert_array_equal(result, expected)


# --- unfit images


def test_bad_images_are_all_named_and_the_others_kept(folder, tmp_path, reads):
    (folder / "03.png").write_text("broken")
    Image.fromarray(np.zeros((4, 30), np.uint8)).save(folder / "17.png")
    images = SemImages.from_folder(folder)
    says = r"(?s)folder images: 2 of 23 images cannot .*03.png is no readable.*17.png is 4×30 pixels, and"
    with pytest.raises(ValueError, match=says):
        preprocessed(images, STEP, folder=tmp_path / "store")
    reads.clear()
    with pytest.raises(ValueError, match=says):
        preprocessed(images, STEP, folder=tmp_path / "store")
    assert set(reads) == {"03.png", "17.png"}
    reads.clear()
    good = images.subset([i for i in range(N) if i not in (3, 17)])
    result = preprocessed(good, STEP, folder=tmp_path / "store")
    assert not reads
    np.testing.assert_array_equal(result, STEP.resize(good))
    reads.clear()
    for name in ("03.png", "17.png"):
        Image.fromarray(np.full((30, 30), 9, np.uint8)).save(folder / name)
    preprocessed(SemImages.from_folder(folder), STEP, folder=tmp_path / "store")
    assert reads == {"03.png": 1, "17.png": 1}


def test_only_bad_images(tmp_path):
    images = SemImages.from_arrays(np.zeros((5, 4, 4), np.uint8))
    with pytest.raises(ValueError, match=r"5 of 5 images cannot be used(.|\n)*image_00004 is 4×4"):
        preprocessed(images, STEP, folder=tmp_path / "store")


def test_coloured_files_warn_once(folder, tmp_path):
    for i in range(N):
        Image.fromarray(np.full((40, 40, 3), (200, 100, i), np.uint8)).save(folder / f"{i:02d}.png")
    with pytest.warns(UserWarning, match="coloured") as caught:
        preprocessed(SemImages.from_folder(folder), STEP, folder=tmp_path / "store", n_jobs=4)
    assert len(caught) == 1


def test_unfit_arguments(images, tmp_path):
    with pytest.raises(TypeError, match="images is a ndarray; pass SemImages, from_arrays"):
        preprocessed(np.zeros((3, 40, 40), np.uint8), STEP)
    with pytest.raises(ValueError, match="images is empty"):
        preprocessed(images.subset([]), STEP)
    with pytest.raises(ValueError, match="n_jobs=0 must be an integer of at least 1, or None"):
        preprocessed(images, STEP, folder=tmp_path / "store", n_jobs=0)


# --- use


def test_progress(images, tmp_path, capsys, monkeypatch):
    monkeypatch.delenv("TQDM_DISABLE", raising=False)
    preprocessed(images, STEP, folder=tmp_path / "quiet", progress=False)
    assert capsys.readouterr().err == ""
    preprocessed(images, STEP, folder=tmp_path / "store")
    assert f"{N}/{N}" in capsys.readouterr().err
    preprocessed(images, STEP, folder=tmp_path / "store")  # nothing to do
    monkeypatch.setenv("TQDM_DISABLE", "1")
    preprocessed(images, replace(STEP, border=3), folder=tmp_path / "store")
    assert capsys.readouterr().err == ""


def test_training_and_embedding_take_the_store(tmp_path):
    """Without a warning, and with the same result as on the whole array of floats."""
    images = SemImages.synthetic(12, seed=0, size=40)
    pixels = preprocessed(images, STEP, folder=tmp_path / "store")
    config = TrainConfig(epochs=1, batch_size=4, dim=8, device="cpu", normalize="zscore")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        training = fit(pixels, config, progress=False)
        features = embed(training.encoder, pixels, normalize="zscore")
    floats = normalize(STEP.resize(images), "zscore")
    expected = fit(floats, config, progress=False)
    for a, b in zip(training.encoder.parameters(), expected.encoder.parameters(), strict=True):
        assert torch.equal(a, b)
    np.testing.assert_array_equal(features, embed(expected.encoder, floats))


def test_the_pipeline(tmp_path, monkeypatch):
    monkeypatch.setenv("SEMLIB_CACHE", str(tmp_path))
    images = SemImages.synthetic(12, seed=0, size=40)
    made = Counter()
    read = TwinItem.read
    monkeypatch.setattr(TwinItem, "read", lambda self: made.update([self.index]) or read(self))
    config = TrainConfig(epochs=1, batch_size=4, dim=8, device="cpu", normalize="zscore")
    step = replace(STEP, normalize="zscore")
    for mode in ("minmax", "zscore"):
        floats = pipeline.preprocess(images, replace(STEP, normalize=mode))
    assert set(made.values()) == {1}  # one store for both
    np.testing.assert_array_equal(floats, step(images))
    for features in (pipeline.ssl_features, pipeline.untrained_features):
        stored, whole = (features(pixels, config) for pixels in (preprocessed(images, STEP), floats))
        np.testing.assert_array_equal(stored, whole)
