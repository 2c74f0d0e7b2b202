"""The Croissant files are valid, say no more than is known, and read an archive of the published layout."""

import copy
import hashlib
import io
import json
import sys
from dataclasses import replace
from pathlib import Path

import mlcroissant
import numpy as np
import pytest
from etils import epath
from loopback import zipped
from PIL import Image

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tools"))
from croissant import YEAR_GUESSED, bibtex, croissant

from semlib.registry import CARINTHIA, MIXEDWM38, REGISTRY, WM811K

FOLDER = Path(__file__).resolve().parents[1] / "book" / "data"


def validate(content: dict) -> mlcroissant.Metadata:
    """Return what mlcroissant reads; it raises where it finds an error."""
    return mlcroissant.Dataset(jsonld=copy.deepcopy(content)).metadata


def stored(key: str) -> dict:
    return json.loads((FOLDER / f"{key}.croissant.json").read_text(encoding="utf8"))


@pytest.mark.parametrize("key", REGISTRY)
def test_the_stored_files_are_valid(key):
    metadata, data = validate(stored(key)), REGISTRY[key]
    assert metadata.ctx.issues.errors == set()
    # Warned is what is not known: no publisher's version, and for one set no date.
    unknown = ["version", "datePublished"] if key in YEAR_GUESSED else ["version"]
    warnings = sorted(metadata.ctx.issues.warnings)
    assert len(warnings) == len(unknown)
    assert all(any(f"schema.org/{name}" in text for text in warnings) for name in unknown)
    assert metadata.name == data.title
    assert metadata.description.startswith(data.description)
    assert [person.name for person in metadata.creators] == list(data.creators)
    assert metadata.ctx.is_v1_1()
    assert len(metadata.data_limitations) == len(data.quirks)
    assert all(
        f"@{kind}" in metadata.cite_as
        for kind in ("misc", "article")
        if f"@{kind}" in bibtex(data.citations[0])
    )


@pytest.mark.parametrize("key", REGISTRY)
def test_files_have_the_registry_s_sizes_and_hashes(key):
    described = {file.name: file for file in validate(stored(key)).file_objects if not file.contained_in}
    for file in REGISTRY[key].files:
        if file.sha256 or len(REGISTRY[key].files) == 1:
            found = described.pop(file.name)
            assert (found.content_url, found.content_size) == (file.url, f"{file.size} B")
            assert found.sha256 == file.sha256
    assert described == {}


@pytest.mark.parametrize("key", REGISTRY)
def test_classes_can_be_read(key):
    records = list(mlcroissant.Dataset(jsonld=stored(key)).records("classes"))
    counts = {str(record["classes/label"]): int(record["classes/reported"]) for record in records}
    assert counts == REGISTRY[key].classes


def test_an_unknown_hash_is_said_and_not_made_up():
    content = croissant(MIXEDWM38)
    assert content["isLiveDataset"] is True
    assert "no hash of the file is known" in content["description"]
    assert not {"sha256", "md5"} & set(content["distribution"][0])
    assert stored("carinthia")["isLiveDataset"] is False
    assert "MIR-WM811K.zip; no hash of that file is known" in croissant(WM811K)["description"]


def test_the_hash_of_a_whole_measured_file_is_used():
    at_hand = {"whole": True, "file": MIXEDWM38.files[0].name, "sha256": "a" * 64}
    content = croissant(MIXEDWM38, {"at_hand": at_hand, "arrays": {"arr_0": ["int32", 9, 4, 5]}})
    assert content["isLiveDataset"] is False
    assert content["distribution"][0]["sha256"] == "a" * 64
    fields = {field["name"]: field for field in content["recordSet"][1]["field"]}
    assert fields["maps/map"]["arrayShape"] == "4,5"
    assert fields["maps/patterns"]["arrayShape"] == "8"
    part = croissant(MIXEDWM38, {"at_hand": at_hand | {"whole": False}})
    assert "sha256" not in part["distribution"][0]
    for made in (content, part):
        assert validate(made).ctx.issues.errors == set()


def test_an_md5_stands_where_no_sha256_is_known():
    data = replace(CARINTHIA, files=(replace(CARINTHIA.files[0], sha256=None),))
    assert croissant(data)["distribution"][0]["md5"] == CARINTHIA.files[0].md5


@pytest.mark.parametrize("key", ["carinthia", "wm811k", "mixedwm38"])
@pytest.mark.parametrize(
    "change",
    [
        lambda c: [c["distribution"][0].pop(name, None) for name in ("sha256", "encodingFormat")],
        lambda c: c["distribution"][0].pop("contentUrl"),
        lambda c: c["recordSet"][1]["field"][0].pop("dataType"),
        lambda c: c["recordSet"][1]["field"][0]["source"].update(fileObject={"@id": "other.csv"}),
        lambda c: c["recordSet"][0]["data"][0].pop("classes/label"),
        lambda c: c.update(conformsTo="http://mlcommons.org/croissant/9"),
    ],
)
def test_a_broken_file_is_found(key, change):
    content = stored(key)
    change(content)
    with pytest.raises(mlcroissant.ValidationError):
        validate(content)


def test_a_missing_hash_is_found():
    content = stored("carinthia")
    del content["distribution"][0]["sha256"]
    with pytest.raises(mlcroissant.ValidationError, match="sha256"):
        validate(content)


def test_an_unknown_citation_is_named():
    with pytest.raises(ValueError, match=r"references\.bib has no entry 'nobody1900'"):
        bibtex("nobody1900")


def encoded(grey: int, kind: str) -> bytes:
    file = io.BytesIO()
    Image.fromarray(np.full((16, 16), grey, np.uint8)).save(file, kind)
    return file.getvalue()


@pytest.fixture
def unpacked(tmp_path, monkeypatch):
    """Let mlcroissant unpack into the test's folder."""
    from mlcroissant._src.operation_graph.operations import extract

    monkeypatch.setattr(extract, "EXTRACT_PATH", epath.Path(tmp_path / "extract"))
    return tmp_path


NAMES, LABELS = [f"{i:032x}" for i in (7, 3, 5)], [3, 6, 1]


def archive(key: str) -> bytes:
    """Return a small archive in the published layout."""
    rows = zip(NAMES, LABELS, strict=True)
    if key == "carinthia":
        table = "image_path;file_name;label\n"
        table += "".join(f"images/{n}.jpg;{n}.jpg;{k}\n" for n, k in rows)
        files = {"data/carinthia.csv": table.encode()}
    else:
        table = "image_path;mask_path;filename;label\n"
        table += "".join(f"images/{n}.jpg;masks/{n}.png;{n};{k}\n" for n, k in rows)
        files = {"data/carinthia-s.csv": table.encode()}
        files |= {f"data/masks/{n}.png": encoded(255, "PNG") for n in NAMES}
    return zipped(
        files | {f"data/images/{n}.jpg": encoded(40 * k, "JPEG") for n, k in zip(NAMES, LABELS, strict=True)}
    )


@pytest.mark.parametrize("key", ["carinthia", "carinthia_s"])
def test_records_come_from_an_archive_of_the_published_layout(key, unpacked):
    body = archive(key)
    (unpacked / "mine.zip").write_bytes(body)
    content = stored(key)
    content["distribution"][0]["sha256"] = hashlib.sha256(body).hexdigest()
    dataset = mlcroissant.Dataset(jsonld=content, mapping={"data.zip": str(unpacked / "mine.zip")})
    table = list(dataset.records("labels"))
    assert [record["labels/label"] for record in table] == LABELS
    assert [record["labels/images"].decode() for record in table] == [f"{n}.jpg" for n in NAMES]
    for folder, ending in {"images": "jpg", "masks": "png"}.items():
        if folder == "masks" and key == "carinthia":
            continue
        records = list(dataset.records(folder))
        labels = {r[f"{folder}/file"].decode(): r[f"{folder}/label"] for r in records}
        assert labels == {f"{n}.{ending}": k for n, k in zip(NAMES, LABELS, strict=True)}
        for record in records:
            grey = 255 if folder == "masks" else 40 * record[f"{folder}/label"]
            assert np.abs(np.asarray(record[f"{folder}/pixels"]).astype(int) - grey).max() <= 2


def test_another_archive_is_refused(unpacked):
    (unpacked / "mine.zip").write_bytes(archive("carinthia"))
    dataset = mlcroissant.Dataset(
        jsonld=stored("carinthia"), mapping={"data.zip": str(unpacked / "mine.zip")}
    )
    with pytest.raises(mlcroissant.GenerationError, match=r"Download\(data.zip\)") as caught:
        next(iter(dataset.records("labels")))
    assert CARINTHIA.files[0].sha256 in str(caught.value.__cause__)
