"""Carinthia and Carinthia-S as published: fetched over loopback, by hand, unpacked; labels, masks, faults."""

import hashlib
import io
import shutil
import warnings
import zipfile
from dataclasses import replace

import numpy as np
import pytest
import torch
from loopback import status, zipped
from PIL import Image

from semlib.download import MismatchError, data_dir
from semlib.registry import REGISTRY
from semlib.sem import _carinthia
from semlib.sem.data import SemImages, open_images
from semlib.sem.preprocess import Preprocess
from semlib.sem.store import preprocessed
from semlib.sem.synthetic import SYNTHETIC_MARK, class_sequence, write_dataset
from semlib.sem.train import TrainConfig, fit

LABELS = [3, 1, 3, 2, 6, 3, 4, 5, 3, 6]
NAMES = [hashlib.md5(bytes([i])).hexdigest() for i in range(len(LABELS))]
SHAPE = (24, 20)


def encoded(array, kind, **options):
    file = io.BytesIO()
    Image.fromarray(array).save(file, kind, **options)
    return file.getvalue()


def jpeg(i):
    """An image that is grey 20·i all over."""
    return encoded(np.full(SHAPE, 20 * i, np.uint8), "jpeg")


def truth(i):
    """Mask of image i: a block whose place tells the image; those of class 6 are empty."""
    mask = np.zeros(SHAPE, bool)
    mask[i : i + 4, 2 : 2 + i] = LABELS[i] != 6
    return mask


def mask_file(i):
    """A mask as a PNG; each in another way that stands for the same pixels."""
    grey = truth(i).astype(np.uint8) * np.uint8(255)
    if i == 1:  # grey edges: 128 is on the defect, 127 is not
        grey[0, :2] = (127, 128)
    if i == 2:
        return encoded(np.stack([grey] * 3, axis=-1), "png")
    if i == 3:  # alpha says nothing
        alpha = np.arange(grey.size, dtype=np.uint8).reshape(SHAPE)
        return encoded(np.stack([grey, grey, grey, alpha], axis=-1), "png")
    if i == 5:
        return encoded(truth(i), "png")  # 1 bit
    if i == 6:
        return encoded(grey.astype(np.uint16) * np.uint16(257), "png")
    return encoded(grey, "png")


def files(key, changes=()):
    """The archive's files in the published layout, with CR LF; ``changes`` replace or (None) remove some."""
    if key == "carinthia":
        rows = [f"data/images/{n}.jpg;{n}.jpg;{k}" for n, k in zip(NAMES, LABELS, strict=True)]
        made = {"data/carinthia.csv": ["image_path;file_name;label", *rows]}
    else:
        rows = [f"data/images/{n}.jpg;data/masks/{n}.png;{n};{k}" for n, k in zip(NAMES, LABELS, strict=True)]
        made = {"data/carinthia-s.csv": ["image_path;mask_path;filename;label", *rows]}
        made |= {f"data/masks/{n}.png": mask_file(i) for i, n in enumerate(NAMES)}
    made |= {f"data/images/{n}.jpg": jpeg(i) for i, n in enumerate(NAMES)}
    made |= dict(changes)
    joined = {
        name: "".join(f"{line}\r\n" for line in body).encode() if isinstance(body, list) else body
        for name, body in made.items()
    }
    return {name: body for name, body in joined.items() if body is not None}


@pytest.fixture
def published(publish, monkeypatch):
    """A function that publishes a small data set, and makes the registry say what it holds."""

    def put(key, changes=(), **options):
        content = files(key, changes)
        publish(key, zipped(content), **options)
        counts = {str(k): LABELS.count(k) for k in range(1, 7)}
        monkeypatch.setitem(REGISTRY, key, replace(REGISTRY[key], count=len(LABELS), classes=counts))
        if key == "carinthia":
            csv = content["data/carinthia.csv"]
            monkeypatch.setitem(_carinthia.CSV_SHA256, key, hashlib.sha256(csv).hexdigest())
        return publish

    return put


LOAD = {"carinthia": SemImages.carinthia, "carinthia_s": SemImages.carinthia_s}
both = pytest.mark.parametrize("key", LOAD)


def index(images, i):
    """Where image i of this file's lists is in the loaded images, which are in natural order of names."""
    return images.names.index(f"{NAMES[i]}.jpg")


# --- the way to the data


@both
def test_one_call_is_enough(published, key):
    publish = published(key)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        images = LOAD[key]()
        again = open_images(key)
    assert len(publish.server.requests) == 1
    assert images.source == again.source == REGISTRY[key].title
    assert not images.is_synthetic
    assert sorted(images.names) == sorted(f"{name}.jpg" for name in NAMES)
    for i, label in enumerate(LABELS):
        assert images.labels[index(images, i)] == label  # codes as published
        assert images[index(images, i)].max() == 20 * i
    np.testing.assert_array_equal(again.labels, images.labels)
    assert again.fingerprint == images.fingerprint
    assert (images.mask_paths is None) == (key == "carinthia")
    assert len(open_images(key, n=4, seed=1)) == 4


@both
@pytest.mark.parametrize("where", ["default", "the file", "its folder", "a browser's name"])
def test_an_archive_placed_by_hand(published, tmp_path, key, where):
    publish = published(key)
    archive = publish.place(key)
    mine = tmp_path / "mine"
    mine.mkdir()
    root = None if where == "default" else mine if where == "its folder" else mine / "data (1).zip"
    if where != "default":
        archive.rename(mine / "data.zip" if root == mine else root)
    images = LOAD[key](root, download=False, progress=False)
    assert images.source == REGISTRY[key].title
    assert len(images) == len(LABELS)
    assert publish.server.requests == []


@both
@pytest.mark.parametrize("inner", ["", "data", "above"])
def test_an_unpacked_folder(published, tmp_path, monkeypatch, key, inner):
    """Carinthia is known by its table; of Carinthia-S no hash of the table is known."""
    publish = published(key)
    zipfile.ZipFile(io.BytesIO(publish.bodies[key, "data.zip"])).extractall(tmp_path / "up" / key)
    root = {"": tmp_path / "up" / key, "data": tmp_path / "up" / key / "data", "above": tmp_path / "up"}[
        inner
    ]
    images = LOAD[key](root)
    copy = f"unverified copy of Carinthia-S in {tmp_path / 'up' / key / 'data'}"
    assert images.source == {"carinthia": "Carinthia", "carinthia_s": copy}[key]
    assert len(images) == len(LABELS)
    monkeypatch.setenv("SEMLIB_DATA", str(tmp_path / "up"))
    assert open_images(key).source == images.source
    table = tmp_path / "up" / key / "data" / _carinthia.TABLES[key]
    table.write_bytes(table.read_bytes().replace(b";6\r\n", b";1\r\n"))
    assert LOAD[key](root).source.startswith("unverified copy of ")
    assert publish.server.requests == []


@both
def test_what_is_not_there_is_said(published, tmp_path, key):
    published(key)
    file = REGISTRY[key].files[0]
    wanted = rf"(?s){REGISTRY[key].title} is not .*data.zip.*{file.size:,} bytes.*{file.sha256}"
    with pytest.raises(FileNotFoundError, match=wanted):
        LOAD[key](download=False)
    with pytest.raises(FileNotFoundError, match=wanted):
        LOAD[key](tmp_path / "nowhere", download=False)  # is not looked for elsewhere
    (tmp_path / "images").mkdir()  # images without a table are not the data
    with pytest.raises(FileNotFoundError, match=wanted):
        LOAD[key](tmp_path, download=False)


@both
def test_other_bytes_are_refused(published, tmp_path, key):
    publish = published(key)
    other = tmp_path / "data.zip"
    other.write_bytes(zipped({"data/carinthia.csv": b"nothing"}))
    with pytest.raises(MismatchError, match=r"data\.zip"):
        LOAD[key](other)
    assert publish.server.requests == []


def test_a_server_that_fails(published):
    published("carinthia", faults=[status(404)] * 9)
    with pytest.raises(FileNotFoundError, match=r"(?s)could not be downloaded.*404"):
        open_images("carinthia")


def test_an_archive_without_the_table(published):
    published("carinthia_s", {"data/carinthia-s.csv": None})
    with pytest.raises(FileNotFoundError, match=r"unpacked has no data/carinthia-s.csv, though"):
        SemImages.carinthia_s()


# --- what is in it


@both
def test_a_difference_from_the_registry_is_reported(published, monkeypatch, key):
    published(key)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        LOAD[key]()
    classes = REGISTRY[key].classes
    for change in ({"count": 4591}, {"classes": {**classes, "3": 3}}, {"classes": {**classes, "7": 1}}):
        with monkeypatch.context() as patch:
            patch.setitem(REGISTRY, key, replace(REGISTRY[key], **change))
            with pytest.warns(
                UserWarning, match=r"was reported to have .* here are 10, by class .*'3': 4"
            ) as w:
                LOAD[key]()
            assert w[0].filename == __file__


def test_the_class_table_of_an_unverified_copy_is_not_judged(tmp_path):
    root = write_dataset(tmp_path / "carinthia", 7, size=48, progress=False)
    (root / SYNTHETIC_MARK).unlink()  # as if they were real
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        images = SemImages.carinthia(root)
    assert sorted(images.labels) == sorted(class_sequence(7, 0))
    assert images.source == f"unverified copy of Carinthia in {root / 'data'}"


@both
@pytest.mark.parametrize("what", ["table", "image"])
def test_data_that_were_changed_after_unpacking(published, key, what):
    """They are unpacked anew; without the archive they are used as what they are, an unverified copy."""
    publish = published(key)
    LOAD[key]()
    data = data_dir() / key / "unpacked" / "data"
    path = data / _carinthia.TABLES[key] if what == "table" else data / "images" / f"{NAMES[8]}.jpg"

    def change():
        body = path.read_bytes()
        path.write_bytes(body.replace(b";6\r\n", b";1\r\n") if what == "table" else body + b"1")

    change()
    with pytest.warns(UserWarning, match=rf"{path.name} was changed after unpacking: all is unpacked anew"):
        assert LOAD[key]().source == REGISTRY[key].title
    publish.path(key).unlink()
    assert LOAD[key]().source == REGISTRY[key].title
    change()
    with pytest.warns(
        UserWarning, match=rf"{path.name} was changed .* count as unverified.* remove that"
    ) as w:
        assert LOAD[key]().source == f"unverified copy of {REGISTRY[key].title} in {data}"
    assert w[0].filename == __file__
    assert len(publish.server.requests) == 1


@both
def test_a_given_root_is_the_only_one_used(published, tmp_path, key):
    publish = published(key)
    LOAD[key]()
    (tmp_path / "some.py").write_text("import os")
    other = tmp_path / "data.zip"
    other.write_bytes(zipped({"data/carinthia.csv": b"of another data set"}))
    (tmp_path / "empty").mkdir()
    for root, error in (("nowhere/foo", "does not exist"), ("some.py", "is not the published"),
                        ("data.zip", "is not the published"), ("empty", "is not at hand")):  # fmt: skip
        with pytest.raises((FileNotFoundError, ValueError), match=error):
            LOAD[key](tmp_path / root, download=False)
    assert not (tmp_path / "nowhere").exists()
    with pytest.raises(ValueError, match="root=5 must be the path"):
        LOAD[key](5)
    assert len(publish.server.requests) == 1


def test_a_reported_hash_that_does_not_fit(published, monkeypatch):
    published("carinthia")
    monkeypatch.setitem(_carinthia.CSV_SHA256, "carinthia", "0" * 64)
    with pytest.warns(UserWarning, match=r"carinthia.csv has the SHA-256 .* count as unverified"):
        assert SemImages.carinthia().source.startswith("unverified copy")


@both
def test_missing_and_unreadable_files_are_named(published, key):
    published(key, {f"data/images/{NAMES[2]}.jpg": None, f"data/images/{NAMES[4]}.jpg": b"broken"})
    with pytest.raises(ValueError, match=rf"csv: 1: .*{NAMES[2]}.jpg \(named in carinthia.*no such image"):
        LOAD[key]()
    with pytest.warns(UserWarning, match=r"left out 2: ") as caught:
        images = LOAD[key](on_error="skip")
    assert len(caught) == 1  # the class table of what is left says nothing
    assert len(images) == 8
    assert {name.rsplit("/")[-1] for name, _ in images.skipped} == {f"{NAMES[2]}.jpg", f"{NAMES[4]}.jpg"}
    if key == "carinthia_s":
        np.testing.assert_array_equal(images.mask(index(images, 7)), truth(7))


def test_an_unreadable_file_is_named_when_it_is_asked_for(published):
    published("carinthia", {f"data/images/{NAMES[4]}.jpg": jpeg(4)[:300]})
    images = SemImages.carinthia()
    with pytest.raises(ValueError, match=rf"{NAMES[4]}.jpg is no readable image"):
        images[index(images, 4)]


# --- masks


@pytest.fixture
def masked(published):
    published("carinthia_s")
    return SemImages.carinthia_s()


def test_masks(masked):
    assert repr(masked).startswith("<SemImages: 10 images, with masks, labels 1: 1,")
    for i in range(len(LABELS)):
        expected = truth(i)
        if i == 1:
            expected[0, :2] = (False, True)
        mask = masked.mask(index(masked, i))
        assert mask.dtype == bool
        np.testing.assert_array_equal(mask, expected, err_msg=str(i))
    np.testing.assert_array_equal(masked.mask(-1), masked.mask(len(masked) - 1))
    with pytest.raises(IndexError):
        masked.mask(10)
    with pytest.raises(TypeError, match="takes one integer"):
        masked.mask(slice(2))


def test_masks_stay_in_step(masked):
    part = masked.subset([7, 2])
    np.testing.assert_array_equal(part.mask(0), masked.mask(7))
    np.testing.assert_array_equal(part.mask(1), masked.mask(2))
    drawn = open_images("carinthia_s", n=5, seed=3)
    for i, name in enumerate(drawn.names):
        np.testing.assert_array_equal(drawn.mask(i), masked.mask(masked.names.index(name)))


def test_the_fingerprint_holds_the_masks(masked):
    bare = replace(masked, mask_paths=None)
    assert masked.fingerprint != bare.fingerprint
    first, second = masked.mask_paths[:2]
    swapped = replace(masked, mask_paths=[second, first, *masked.mask_paths[2:]])
    assert len({images.fingerprint for images in (masked, bare, swapped)}) == 3
    assert masked.content_digests == bare.content_digests


def test_mask_table_by_hand(masked):
    """By class: 3 of 2 and 1 of 3 are RGB(A) files, number 1 has grey edges, those of class 6 are empty."""
    table = masked.mask_table()
    assert table.index.name == "label"
    assert table.to_dict("index") == {
        1: {"masks": 1, "empty": 0, "grey": 1, "faint": 0, "rgb": 0},
        2: {"masks": 1, "empty": 0, "grey": 0, "faint": 0, "rgb": 1},
        3: {"masks": 4, "empty": 1, "grey": 0, "faint": 0, "rgb": 1},  # image 0: a block 0 wide
        4: {"masks": 1, "empty": 0, "grey": 0, "faint": 0, "rgb": 0},
        5: {"masks": 1, "empty": 0, "grey": 0, "faint": 0, "rgb": 0},
        6: {"masks": 2, "empty": 2, "grey": 0, "faint": 0, "rgb": 0},
    }
    whole = replace(masked, labels=None).mask_table(n_jobs=1)
    assert whole.loc["all"].tolist() == table.sum().tolist() == [10, 3, 1, 0, 2]


@pytest.mark.parametrize(
    ("mask", "says"),
    [
        (np.zeros((20, 24), np.uint8), "is 20×24 pixels, and its image {name}.jpg 24×20; they must be equal"),
        (np.full((*SHAPE, 3), (255, 0, 0), np.uint8), "is no readable mask: ValueError: it has colours"),
        (np.eye(*SHAPE, dtype=np.uint8), "has no value above 1 of 255, and is not black; write it as 0"),
        (np.full(SHAPE, 127, np.uint8), "has no value above 127 of 255"),
        (None, "is no readable mask: UnidentifiedImageError"),
    ],
)
def test_unfit_masks(published, mask, says):
    body = b"broken" if mask is None else encoded(mask, "png")
    published("carinthia_s", {f"data/masks/{NAMES[8]}.png": body})
    images = SemImages.carinthia_s()
    with pytest.raises(ValueError, match=rf"masks/{NAMES[8]}.png {says.format(name=NAMES[8])}"):
        images.mask(index(images, 8))
    np.testing.assert_array_equal(images.mask(index(images, 7)), truth(7))
    with pytest.warns(UserWarning, match=rf"left out 1: {NAMES[8]}.jpg"):
        assert len(SemImages.carinthia_s(on_error="skip")) == 9


def test_faint_masks_are_counted(published):
    published("carinthia_s", {f"data/masks/{NAMES[8]}.png": encoded(np.eye(*SHAPE, dtype=np.uint8), "png")})
    assert SemImages.carinthia_s().mask_table().faint.tolist() == [0, 0, 1, 0, 0, 0]


def test_a_missing_mask_is_named(published):
    published("carinthia_s", {f"data/masks/{NAMES[8]}.png": None})
    with pytest.raises(ValueError, match=rf"1: {NAMES[8]}.jpg \(its mask .*{NAMES[8]}.png is not there\)"):
        SemImages.carinthia_s()
    with pytest.warns(UserWarning, match="left out 1"):
        assert f"{NAMES[8]}.jpg" not in SemImages.carinthia_s(on_error="skip").names


def test_where_there_are_no_masks(published):
    published("carinthia")
    images = SemImages.carinthia()
    with pytest.raises(ValueError, match=r"Carinthia has no masks; take SemImages.carinthia_s\(\)"):
        images.mask(0)
    with pytest.raises(ValueError, match="Carinthia has no masks to count"):
        images.mask_table()


class Poisoned:
    """Masks that raise when anybody looks at them."""

    def __getattribute__(self, name):
        raise AssertionError("training looked at the masks")

    __getitem__ = __iter__ = __len__ = lambda self, *_: self.any


def test_masks_never_reach_training(masked, tmp_path):
    config = TrainConfig(epochs=1, batch_size=4, dim=8, device="cpu")
    step = Preprocess(border=1, size=32)
    with pytest.raises(TypeError, match="without labels"):
        fit(masked, config)
    bare = masked.without_labels()
    assert bare.labels is bare.mask_paths is None
    object.__setattr__(masked, "mask_paths", Poisoned())
    with pytest.raises(AssertionError, match="looked at"):
        masked.mask(0)
    ways = [step.resize(masked), preprocessed(masked, step, folder=tmp_path), step.resize(bare)]
    weights = [next(fit(x, config, progress=False).encoder.parameters()) for x in ways]
    assert torch.equal(weights[0], weights[2])
    assert torch.equal(weights[1], weights[2])


def test_masks_of_an_own_folder(tmp_path, published):
    publish = published("carinthia_s")
    zipfile.ZipFile(io.BytesIO(publish.bodies["carinthia_s", "data.zip"])).extractall(tmp_path)
    shutil.move(tmp_path / "data" / "carinthia-s.csv", tmp_path / "data" / "images" / "mine.csv")
    (tmp_path / "data" / "masks").rename(tmp_path / "data" / "images" / "masks")
    table = tmp_path / "data" / "images" / "mine.csv"
    table.write_text(table.read_text().replace("data/images/", "").replace("data/", ""))
    with pytest.raises(ValueError, match=r"10: masks/.*no label in mine.csv"):  # masks are no images
        open_images(tmp_path / "data" / "images")
    (tmp_path / "data" / "images" / "masks").rename(tmp_path / "data" / "masks")
    images = open_images(tmp_path / "data" / "images")
    np.testing.assert_array_equal(images.mask(index(images, 7)), truth(7))
