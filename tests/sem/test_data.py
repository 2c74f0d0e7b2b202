"""``SemImages``: order, labels, what is skipped, fingerprints, and what every source says of itself."""

import pickle
import warnings
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from semlib.sem.data import SemImages, open_images
from semlib.sem.synthetic import CLASS_COUNTS, SYNTHETIC_MARK, Cues, class_sequence, make_image, write_dataset

SHARED = Path(__file__).resolve().parents[2] / "../shared/data"
HEADER = "image_path;file_name;label\n"


def save(path, value=50, shape=(6, 5)):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.full(shape, value, np.uint8)).save(path)


@pytest.fixture
def folder(tmp_path):
    """Three images, 50, 60 and 70 grey, of two sizes; a.png and c.jpg on top, b.tif below."""
    root = tmp_path / "mine"
    save(root / "a.png", 50)
    save(root / "b" / "b.tif", 60)
    save(root / "c.jpg", 70, (9, 8))
    return root


# --- from_folder


def test_from_folder(folder):
    (folder / "notes.txt").write_text("no image")
    (folder / "._a.png").write_text("a copy that macOS leaves")
    (folder / ".ipynb_checkpoints").mkdir()
    save(folder / ".ipynb_checkpoints" / "a.png")
    images = SemImages.from_folder(folder)
    assert images.names == ["a.png", "b/b.tif", "c.jpg"]
    assert [(int(image[0, 0]), image.shape) for image in images] == [(50, (6, 5)), (60, (6, 5)), (70, (9, 8))]
    assert images[-1].dtype == np.uint8
    assert images.labels is None
    assert images.skipped == []
    assert images.source == "folder mine"
    assert not images.is_synthetic
    assert repr(images) == "<SemImages: 3 images, no labels; folder mine>"


def test_order_is_natural(tmp_path):
    for name in ("10.png", "9.PNG", "a10.png", "a2.png", "B1.png", "a02.png", "b0.png"):
        save(tmp_path / name)
    expected = ["9.PNG", "10.png", "a02.png", "a2.png", "a10.png", "b0.png", "B1.png"]
    assert SemImages.from_folder(tmp_path).names == expected


def test_files_are_read_when_asked_for(folder):
    (folder / "b" / "b.tif").write_text("broken")
    images = SemImages.from_folder(folder)
    assert images[0][0, 0] == 50
    with pytest.raises(ValueError, match=r"b.tif is no readable image.*on_error='skip'"):
        images[1]
    with pytest.raises(IndexError):
        images[3]
    with pytest.raises(TypeError, match=r"use images.subset"):
        images[0:2]


def test_skip_finds_unfit_files_at_once(folder):
    whole = (folder / "c.jpg").read_bytes()
    (folder / "c.jpg").write_bytes(whole[: len(whole) // 2])
    (folder / "a.png").write_text("broken")
    with pytest.warns(UserWarning, match=r"mine: left out 2: a.png \(.*; c.jpg \(.*listed in .skipped"):
        images = SemImages.from_folder(folder, on_error="skip")
    assert images.names == ["b/b.tif"]
    assert images[0][0, 0] == 60
    assert [name for name, _ in images.skipped] == ["a.png", "c.jpg"]
    assert "UnidentifiedImageError" in images.skipped[0][1]
    assert "truncated" in images.skipped[1][1].lower()


def test_skip_of_all_is_an_error(tmp_path):
    (tmp_path / "a.png").write_text("broken")
    with pytest.raises(ValueError, match=r"no fit image is left: 1: a.png"):
        SemImages.from_folder(tmp_path, on_error="skip")


def test_skip_of_nothing_is_silent(folder):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert len(SemImages.from_folder(folder, on_error="skip")) == 3


def test_what_is_no_folder_of_images(folder, tmp_path):
    with pytest.raises(FileNotFoundError, match=r"nowhere does not exist; pass the path of a folder"):
        SemImages.from_folder(tmp_path / "nowhere")
    with pytest.raises(NotADirectoryError, match=r"a.png is a file; pass the folder"):
        SemImages.from_folder(folder / "a.png")
    (tmp_path / "empty").mkdir()
    with pytest.raises(ValueError, match=r"holds no image among its 0 files; images end in .png, .jpg"):
        SemImages.from_folder(tmp_path / "empty")
    (tmp_path / "empty" / "a.txt").write_text("")
    with pytest.raises(ValueError, match="holds no image among its 1 files"):
        SemImages.from_folder(tmp_path / "empty")
    with pytest.raises(ValueError, match="on_error='ignore' must be 'raise' or 'skip'"):
        SemImages.from_folder(folder, on_error="ignore")


def test_coloured_files_warn_once(folder):
    for name in ("d.png", "e.png"):
        Image.fromarray(np.full((4, 4, 3), (200, 100, 0), np.uint8)).save(folder / name)
    images = SemImages.from_folder(folder)
    with pytest.warns(UserWarning, match=r"folder mine: d.png is coloured; it and all other") as caught:
        greys = [int(image[0, 0]) for image in [*images, *images.subset([3, 4])]]
    assert greys == [50, 60, 70, 118, 118, 118, 118]  # 0.299 · 200 + 0.587 · 100 = 118.5, to even
    assert len(caught) == 1


# --- labels


def test_labels_follow_the_images(folder):
    csv = folder / "labels.csv"
    csv.write_text(HEADER + "c.jpg;c.jpg;3\na.png;a.png;1\nb/b.tif;b.tif;2\n")
    images = SemImages.from_folder(folder, csv)
    assert images.labels.tolist() == [1, 2, 3]
    assert images.labels.dtype == np.int64
    assert repr(images) == "<SemImages: 3 images, labels 1: 1, 2: 1, 3: 1; folder mine>"
    with pytest.raises(ValueError, match="read-only"):
        images.labels[0] = 9


def test_missing_images_and_missing_labels(folder):
    csv = folder / "labels.csv"
    csv.write_text(HEADER + "a.png;a.png;1\nx.png;x.png;2\nc.jpg;c.jpg;3\n")
    faults = r"x.png \(named in labels.csv, but there is no such image\); b/b.tif \(no label in labels.csv\)"
    with pytest.raises(
        ValueError, match=rf"labels.csv: 2: {faults}. Mend the table, or pass on_error='skip'"
    ):
        SemImages.from_folder(folder, csv)
    with pytest.warns(UserWarning, match=rf"left out 2: {faults}"):
        images = SemImages.from_folder(folder, csv, on_error="skip")
    assert images.names == ["a.png", "c.jpg"]
    assert images.labels.tolist() == [1, 3]
    assert [name for name, _ in images.skipped] == ["b/b.tif", "x.png"]


def test_long_lists_of_faults_are_cut(folder):
    csv = folder / "labels.csv"
    csv.write_text(HEADER + "".join(f"x{i}.png;;1\n" for i in range(5)))
    with pytest.raises(ValueError, match=r"8: x0.png \(.*\); x1.png \(.*\); x2.png \([^)]*\); ….*Mend"):
        SemImages.from_folder(folder, csv)


def test_subset_and_without_labels(folder):
    csv = folder / "labels.csv"
    csv.write_text(HEADER + "a.png;;1\nb/b.tif;;2\nc.jpg;;3\n")
    images = SemImages.from_folder(folder, csv)
    for indices in ([2, 0], np.array([-1, 0])):
        part = images.subset(indices)
        assert part.names == ["c.jpg", "a.png"]
        assert part.labels.tolist() == [3, 1]
        assert part[0][0, 0] == 70
        assert part.source == images.source
    assert images.subset(np.array([False, True, True])).labels.tolist() == [2, 3]
    assert images.subset(slice(1)).names == ["a.png"]
    assert images.without_labels().labels is None
    assert images.without_labels().names == images.names
    assert len(images) == 3


# --- arrays and the twin


def test_from_arrays():
    stack = np.arange(24, dtype=np.uint16).reshape(2, 3, 4)
    images = SemImages.from_arrays(stack, [7, 8], source="mine")
    np.testing.assert_array_equal(images[1], stack[1])
    assert (images.labels.tolist(), images.source, images.names[1]) == ([7, 8], "mine", "image_00001")
    images[1][:] = 0  # what one caller does with an image is not seen by the next
    np.testing.assert_array_equal(images[1], stack[1])
    stack[:] = 0
    assert images[1].max() == 23
    mixed = SemImages.from_arrays([np.zeros((2, 3), bool), np.ones((4, 4))], names=["p", "q"])
    assert [(image.dtype.name, image.shape) for image in mixed] == [("uint8", (2, 3)), ("float32", (4, 4))]


@pytest.mark.parametrize(
    ("images", "options", "says"),
    [
        ([], {}, "images is empty"),
        (np.zeros((4, 4)), {}, r"images\[0\] has the shape \(4,\)"),
        ([np.zeros((4, 4)), np.zeros((4, 4, 3))], {}, r"images\[1\] has the shape \(4, 4, 3\)"),
        ([np.full((4, 4), np.nan)], {}, r"images\[0\] has 16 pixels that are NaN"),
        (np.zeros((2, 4, 4)), {"labels": [1]}, r"labels has the shape \(1,\).*pass 2 integers"),
        (np.zeros((2, 4, 4)), {"labels": [1, 2.5]}, "labels has .*dtype float64; pass 2 integers"),
        (
            np.zeros((2, 4, 4)),
            {"labels": np.array([0, 2**63], np.uint64)},
            "labels holds 9223372036854775808",
        ),
        (np.zeros((2, 4, 4)), {"names": ["a"]}, "names has 1 entries for 2 images"),
    ],
)
def test_unfit_arrays(images, options, says):
    with pytest.raises(ValueError, match=says):
        SemImages.from_arrays(images, **options)


def test_the_twin():
    images = SemImages.synthetic(12, seed=3, size=48, cues=Cues(border=False))
    assert images.labels.tolist() == class_sequence(12, 3).tolist()
    expected = make_image(int(images.labels[5]), seed=3, index=5, size=48, cues=Cues(border=False))
    np.testing.assert_array_equal(images[5], expected)
    np.testing.assert_array_equal(images.subset([5])[0], expected)
    assert images.is_synthetic
    assert images.source == "SEM twin (synthetic), seed 3"
    assert len(SemImages.synthetic()) == sum(CLASS_COUNTS.values()) == 4591


def test_images_can_be_sent_to_other_processes(folder):
    for images in (SemImages.from_folder(folder), SemImages.synthetic(2, size=48)):
        np.testing.assert_array_equal(pickle.loads(pickle.dumps(images))[1], images[1])


# --- copies


def test_content_groups_are_of_pixels_and_not_of_bytes(folder):
    save(folder / "d.png", 60)  # as b/b.tif, and in another format
    save(folder / "e.png", 60, (5, 6))
    save(folder / "f.jpg", 70, (9, 8))
    images = SemImages.from_folder(folder)
    assert images.names == ["a.png", "b/b.tif", "c.jpg", "d.png", "e.png", "f.jpg"]
    for n_jobs in (1, 3, None, -1):
        assert images.content_groups(n_jobs).tolist() == [0, 1, 2, 1, 3, 2]
    with pytest.raises(ValueError, match="n_jobs=0 must be an integer of at least 1, or None or -1"):
        images.content_groups(0)


def test_content_groups_name_an_unreadable_file(folder):
    (folder / "b" / "b.tif").write_text("broken")
    with pytest.raises(ValueError, match=r"b.tif is no readable image"):
        SemImages.from_folder(folder).content_groups()


# --- fingerprint


def test_fingerprint_of_the_twin_is_that_of_its_recipe():
    prints = [
        SemImages.synthetic(8, 0, 48),
        SemImages.synthetic(9, 0, 48),
        SemImages.synthetic(8, 1, 48),
        SemImages.synthetic(8, 0, 64),
        SemImages.synthetic(8, 0, 48, cues=Cues(shading=False)),
        SemImages.synthetic(8, 0, 48).subset(slice(7)),
        SemImages.synthetic(8, 0, 48).subset(slice(None, None, -1)),
        SemImages.synthetic(8, 0, 48).without_labels(),
    ]
    assert len({images.fingerprint for images in prints}) == len(prints)
    assert prints[0].fingerprint == SemImages.synthetic(8, 0, 48).fingerprint


def test_fingerprint_holds_the_generators_source():
    from semlib.sem import _defects
    from semlib.sem._sources import sources_of

    source = sources_of("semlib.sem.synthetic")
    assert b"def make_image" in source
    assert Path(_defects.__file__).read_bytes() in source  # however many modules lie between


def test_fingerprint_of_files_is_that_of_their_bytes(folder):
    first = SemImages.from_folder(folder).fingerprint
    assert first == SemImages.from_folder(folder).fingerprint
    (folder / "c.jpg").rename(folder / "d.jpg")
    assert first == SemImages.from_folder(folder).fingerprint
    save(folder / "a.png", 51)
    assert first != SemImages.from_folder(folder).fingerprint


def test_fingerprint_of_arrays():
    stack = np.arange(24, dtype=np.uint8).reshape(2, 3, 4)
    others = [
        SemImages.from_arrays(stack),
        SemImages.from_arrays(stack.reshape(2, 4, 3)),
        SemImages.from_arrays(stack.astype(np.uint16)),
        SemImages.from_arrays(stack, [0, 0]),
        SemImages.from_arrays(stack, [0, 1]),
    ]
    assert len({images.fingerprint for images in others}) == len(others)


# --- open_images


def test_a_written_twin_equals_the_twin_but_for_jpeg(tmp_path):
    write_dataset(tmp_path / "twin", 7, seed=1, size=96, progress=False)
    files = open_images(tmp_path / "twin" / "data")
    twin = open_images("synthetic", n=7, seed=1, size=96)
    # the files have other names, so find each image's twin by its pixels
    distance = [[np.abs(a.astype(float) - b).mean() for b in twin] for a in files]
    nearest = np.argmin(distance, axis=1)
    assert sorted(nearest) == list(range(7))
    assert files.labels.tolist() == twin.labels[nearest].tolist()


def test_open_images_takes_at_most_n(folder):
    assert len(open_images(folder, n=3)) == len(open_images(str(folder), n=99)) == 3
    part = open_images(folder, n=2, seed=1)
    assert part.names == sorted(part.names)
    assert part.source == "folder mine, 2 of 3 images, seed 1"
    drawn = {tuple(open_images(folder, n=2, seed=seed).names) for seed in range(40)}
    assert len(drawn) == 3
    with pytest.raises(ValueError, match="n=0 must be an integer of at least 1, or None for all"):
        open_images(folder, n=0)


def test_open_images_finds_the_one_table(folder):
    rows = "a.png;;1\nb/b.tif;;2\nc.jpg;;3\n"
    (folder / "one.csv").write_text(HEADER + rows)
    (folder / "sizes.csv").write_text("image,size\na.png,5\n")
    assert open_images(folder).labels.tolist() == [1, 2, 3]
    (folder / "two.csv").write_text(HEADER + rows.replace(";3", ";9"))
    with pytest.warns(UserWarning, match=r"2 of 3 CSV files have the columns .* no labels; pass labels_csv"):
        assert open_images(folder).labels is None
    assert open_images(folder, labels_csv=folder / "two.csv").labels.tolist() == [1, 2, 9]


def test_open_images_warns_of_a_table_that_it_cannot_use(folder):
    (folder / "labels.csv").write_text("image_path,file_name,label\na.png,a.png,1\n")
    with pytest.warns(UserWarning, match=r"0 of 1 .* no labels.*labels.csv is separated by ',', not by ';'"):
        assert open_images(folder).labels is None
    with pytest.raises(ValueError, match="not separated by ';'"):
        open_images(folder, labels_csv=folder / "labels.csv")


def test_an_empty_path_is_not_the_current_folder(folder, monkeypatch):
    monkeypatch.chdir(folder)
    with pytest.raises(ValueError, match=r"dataset='' names no folder; pass its path, or '.' for"):
        open_images("")
    with pytest.raises(ValueError, match="path='' names no folder"):
        SemImages.from_folder("")
    with pytest.raises(ValueError, match="root='' must be the path of a file or of a folder"):
        SemImages.carinthia("")
    assert len(open_images(".")) == 3


def test_a_folder_of_one_image(tmp_path):
    save(tmp_path / "a.png")
    images = open_images(tmp_path, n=5)
    assert (len(images), images.content_groups().tolist()) == (1, [0])


def test_open_images_says_what_it_takes(folder):
    with pytest.raises(
        FileNotFoundError, match="dataset='synthetik' is neither 'synthetic', 'carinthia', 'carinthia_s' nor"
    ):
        open_images("synthetik")
    with pytest.raises(NotADirectoryError, match=r"a.png is a file"):
        open_images(folder / "a.png")
    for dataset in ("synthetic", "carinthia", "carinthia_s"):
        with pytest.raises(ValueError, match=rf"labels_csv=x.csv goes with a folder; dataset='{dataset}'"):
            open_images(dataset, labels_csv="x.csv")
    (folder / "a.png").write_text("broken")
    with pytest.warns(UserWarning, match="left out 1: a.png"):
        assert len(open_images(folder, on_error="skip")) == 2


# --- real data


def shared(name):
    if not (SHARED / name).is_dir():
        pytest.skip(f"{SHARED / name} is absent")
    return SHARED / name


def test_real_folder_of_tiffs():
    images = open_images(shared("sem_512"))
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # RGB, but grey
        dtypes = [image.dtype.name for image in images]
    assert len(images) == 12
    assert sorted(dtypes) == ["uint16"] + 11 * ["uint8"]  # one of the RGB files has 16 bits
    assert all(image.shape == (512, 512) for image in images)


def test_real_small_carinthia():
    images = open_images(shared("carinthia_52px"))
    assert len(images) == 129
    assert images.names[0] == "images/clean_000.png"
    assert {k: int((images.labels == k).sum()) for k in range(1, 7)} == {
        1: 25,
        2: 0,
        3: 25,
        4: 25,
        5: 4,
        6: 50,
    }


def test_a_twin_on_disk_is_not_taken_for_real_data(tmp_path):
    root = write_dataset(tmp_path / "twin", 6, seed=1, size=48, progress=False)
    for images in (SemImages.carinthia(root), SemImages.from_folder(root / "data" / "images")):
        assert images.is_synthetic
        assert "synthetic" in images.source
    assert SemImages.carinthia(root).labels.tolist().count(3) == class_sequence(6, 1).tolist().count(3)
    (root / SYNTHETIC_MARK).unlink()
    assert not SemImages.from_folder(root / "data" / "images").is_synthetic
