"""The registry is whole: what a download needs, what a card shows, and whom to cite."""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath
from urllib.parse import urlsplit

import pytest

from semlib.registry import REGISTRY, DataSet, RemoteFile

ROOT = Path(__file__).resolve().parents[2]
FACTS = ROOT / "../shared/data-facts.md"
DATASETS = list(REGISTRY.values())
FILES = [(dataset, file) for dataset in DATASETS for file in dataset.files]
each_dataset = pytest.mark.parametrize("dataset", DATASETS, ids=REGISTRY)
each_file = pytest.mark.parametrize(("dataset", "file"), FILES, ids=[f"{d.key}-{f.name}" for d, f in FILES])


def test_keys():
    assert list(REGISTRY) == ["carinthia", "carinthia_s", "wm811k", "mixedwm38"]
    assert all(dataset.key == key for key, dataset in REGISTRY.items())


@each_file
def test_a_file_can_be_fetched_and_verified(dataset: DataSet, file: RemoteFile):
    assert file.size > 10**8
    for value, digits in ((file.md5, 32), (file.sha256, 64)):
        assert value is None or re.fullmatch(rf"[0-9a-f]{{{digits}}}", value)
    url = urlsplit(file.url)
    # without encryption only where the publisher has none; then a hash of the first copy is kept
    assert url.scheme == "https" or url.hostname == "mirlab.org"
    assert file.name in file.url
    assert file.name == PurePosixPath(file.name).name
    if file.kaggle:
        assert file.url == f"https://www.kaggle.com/api/v1/datasets/download/{file.kaggle}/{file.name}"
    assert (file.member is None) == (file.member_size is None)
    if file.member:
        assert file.member_size > file.size


def test_no_two_files_have_one_size():
    # files are told apart by it, and swapped ones recognised
    sizes = [size for _, file in FILES for size in (file.size, file.member_size) if size]
    assert len(set(sizes)) == len(sizes)


@each_dataset
def test_a_data_set_says_all_that_a_card_shows(dataset: DataSet):
    for text in (dataset.title, dataset.description, dataset.citation, dataset.page):
        assert text.strip() == text != ""
    assert bool(dataset.licence) == bool(dataset.licence_url)
    assert dataset.files
    assert len({file.name for file in dataset.files}) == len(dataset.files)
    assert dataset.quirks
    assert {known for _, known in dataset.quirks} <= {"seen", "reported"}
    if dataset.doi:
        assert dataset.doi in dataset.citation
        assert dataset.doi.rpartition(".")[2] in dataset.page


@each_dataset
def test_classes_add_up(dataset: DataSet):
    labelled = 172_950 if dataset.key == "wm811k" else dataset.count
    assert sum(dataset.classes.values()) == labelled


@each_dataset
def test_citations_are_in_the_bibliography(dataset: DataSet):
    keys = re.findall(r"^@\w+\{([^,\s]+),", (ROOT / "book/references.bib").read_text(), flags=re.M)
    assert dataset.citations
    assert set(dataset.citations) - set(keys) == set()


@each_file
def test_numbers_and_hashes_are_those_of_the_fact_sheet(dataset: DataSet, file: RemoteFile):
    if not FACTS.exists():
        pytest.skip("shared/data-facts.md is not here")
    text = FACTS.read_text()
    facts = [f"{file.size:,}", file.md5, file.sha256, file.kaggle, file.member]
    facts.append(f"{file.member_size:,}" if file.member_size else None)
    assert [fact for fact in facts if fact and fact not in text] == []
    assert f"{dataset.count:,}" in text or f"({dataset.count}," in text or dataset.key == "carinthia_s"
