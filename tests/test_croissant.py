"""The Croissant files are valid, say no more than is known, and read an archive of the published layout."""

import copy
import hashlib
import io
import json
import sys
import zipfile
from dataclasses import replace
from pathlib import Path

import mlcroissant
import numpy as np
import pytest
from cards_made import LABELS, carinthia
from etils import epath
from loopback import zipped
from PIL import Image

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tools"))
from croissant import YEAR_GUESSED, bibtex, croissant

from semlib.registry import CARINTHIA, MIXEDWM38, REGISTRY, WM811K

pytestmark = pytest.mark.filterwarnings("ignore:ConjunctiveGraph:DeprecationWarning")  # of mlcroissant
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


@pytest.fixture
def unpacked(tmp_path, monkeypatch):
    """Let mlcroissant unpack into the test's folder."""
    from mlcroissant._src.operation_graph.operations import extract

    monkeypatch.setattr(extract, "EXTRACT_PATH", epath.Path(tmp_path / "extract"))
    return tmp_path


def archive(key: str) -> bytes:
    return zipped(carinthia() if key == "carinthia" else carinthia("carinthia-s.csv", masks=True))


@pytest.mark.parametrize(
    ("key", "folder", "ending"),
    [("carinthia", "images", "jpg"), ("carinthia_s", "images", "jpg"), ("carinthia_s", "masks", "png")],
)
def test_records_come_from_an_archive_of_the_published_layout(key, folder, ending, unpacked):
    body = archive(key)
    (unpacked / "mine.zip").write_bytes(body)
    content = stored(key)
    content["distribution"][0]["sha256"] = hashlib.sha256(body).hexdigest()
    dataset = mlcroissant.Dataset(jsonld=content, mapping={"data.zip": str(unpacked / "mine.zip")})
    expected = {f"{i:032x}.{ending}": label for i, label in enumerate(LABELS)}
    table = list(dataset.records("labels"))
    assert {row[f"labels/{folder}"].decode(): row["labels/label"] for row in table} == expected
    records = {record[f"{folder}/file"].decode(): record for record in dataset.records(folder)}
    assert {name: record[f"{folder}/label"] for name, record in records.items()} == expected
    for name, record in records.items():
        with zipfile.ZipFile(io.BytesIO(body)) as opened, opened.open(f"data/{folder}/{name}") as file:
            assert np.array_equal(record[f"{folder}/pixels"], Image.open(file))


def test_another_archive_is_refused(unpacked):
    (unpacked / "mine.zip").write_bytes(archive("carinthia"))
    dataset = mlcroissant.Dataset(
        jsonld=stored("carinthia"), mapping={"data.zip": str(unpacked / "mine.zip")}
    )
    with pytest.raises(mlcroissant.GenerationError, match=r"Download\(data.zip\)") as caught:
        next(iter(dataset.records("labels")))
    assert CARINTHIA.files[0].sha256 in str(caught.value.__cause__)
