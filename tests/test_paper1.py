"""One command trains and scores paper 1's methods; here at a tiny size."""

import json
import sys
from functools import partial
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tools"))
import paper1
import paper1_train

from semlib.sem.data import SemImages
from semlib.sem.table import CONTROLS, METHODS, SSL, UNTRAINED

OPTIONS = ["--n", "64", "--size", "64", "--epochs", "2", "--seeds", "0", "1", "--resamples", "3"]


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    """The folder of a whole run."""
    folder = tmp_path_factory.mktemp("paper1")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SEMLIB_CACHE", str(folder / "cache"))
        # the real layouts are tested elsewhere; UMAP alone compiles for seconds
        for name in ("umap_layout", "tsne_layout"):
            patch.setattr(paper1.pipeline, name, lambda x, **_: np.asarray(x[:, :2], np.float32))
        patch.setattr(paper1, "opened", partial(paper1.opened, jobs=1))  # starting processes takes longer
        patch.setattr(paper1.table, "k_sweep", partial(paper1.table.k_sweep, ks=(2, 6)))
        paper1.main([str(folder / "runs"), *OPTIONS, "--results", str(folder / "results")])
        yield folder


def results(folder):
    name = "paper1_synthetic-n64-minmax-bf16-64px-2epochs"
    arrays = np.load(folder / "results" / f"{name}_layouts.npz", allow_pickle=False)
    return json.loads((folder / "results" / f"{name}.json").read_text()), arrays


def test_everything_is_in_the_results(done):
    content, arrays = results(done)
    assert content["about"] == "The synthetic twin: made images, not the paper's data."
    assert content["data"]["n"] == 64
    assert content["provenance"]["commit"]
    assert [run["seed"] for run in content["training"]["runs"]] == [0, 1]
    assert len(content["training"]["history"]["mean"]["effective_rank"]) == 2
    values = content["values"]
    assert set(values["scores"]) == {"raw", "standardised", "length 1"}
    for scores in values["scores"].values():
        assert tuple(scores) == METHODS + CONTROLS
    assert values["scores"]["raw"][SSL]["interval"] == "seeds"
    assert values["scores"]["raw"]["GLCM"]["interval"] == "images"
    assert values["scores"]["length 1"]["Mean grey (1 number)"]["silhouette"] is None
    assert {len(values["effective_rank"][m]) for m in (SSL, UNTRAINED)} == {2}
    assert 0 < values["ceilings"]["attainable"] <= values["ceilings"]["equal_clusters"] < 1
    assert all(name in arrays for m in METHODS for name in (f"umap {m}", f"tsne {m}", f"clusters {m}"))
    assert np.bincount(arrays["labels"]).tolist() == list(values["classes"].values())


def test_parts_of_the_results_agree(done):
    content, arrays = results(done)
    values, (seed, _) = content["values"], content["values"]["sweep"][SSL]
    for method, facts in values["clusters"].items():
        assert np.sum(facts["by_class"], axis=1).tolist() == facts["sizes"]
        assert np.sum(facts["by_class"], axis=0).tolist() == list(values["classes"].values())
        assert np.bincount(arrays[f"clusters {method}"]).tolist() == facts["sizes"]
    mean = np.average(values["clusters"][SSL]["silhouettes"], weights=values["clusters"][SSL]["sizes"])
    assert mean == pytest.approx(seed["silhouette"][seed["k"].index(6)], abs=1e-4)
    both = [version["silhouette"][version["k"].index(6)] for version in values["sweep"][SSL]]
    assert values["scores"]["raw"][SSL]["silhouette"] == pytest.approx(np.mean(both), abs=1e-5)


def counted(features, images, args):
    """Stand in for the scores: how many arrays each row has."""
    return {row: len(versions) for row, versions in features.items()}, {}


def again(folder, monkeypatch, *options):
    """Run once more, where training and embedding anew would fail."""
    monkeypatch.setattr(paper1_train, "fit", None)
    monkeypatch.setattr(paper1, "embed", None)
    monkeypatch.setattr(paper1, "scored", counted)
    out = ["--results", str(folder / "other"), "--name", "x"]
    paper1.main([str(folder / "runs"), *OPTIONS, *out, *options])
    return json.loads((folder / "other" / "paper1_x.json").read_text())


def test_a_second_run_trains_and_embeds_nothing(done, monkeypatch):
    content = again(done, monkeypatch)
    assert content["values"] == dict.fromkeys(METHODS + CONTROLS, 1) | {SSL: 2, UNTRAINED: 2}


def test_score_only_takes_the_seeds_that_are_there(done, monkeypatch):
    content = again(done, monkeypatch, "--seeds", "1", "5", "--score-only")
    assert [run["seed"] for run in content["training"]["runs"]] == [1]
    assert content["values"][SSL] == 1


def test_a_seed_that_is_missing_is_trained(done, monkeypatch):
    with pytest.raises(TypeError, match="'NoneType' object is not callable"):
        again(done, monkeypatch, "--seeds", "1", "5")


@pytest.mark.parametrize(
    ("options", "match"),
    [
        (["--score-only", "--epochs", "3"], "holds no synthetic-n64-minmax-bf16-64px-3epochs"),
        (["--score-only", "--seeds", "7"], "holds no synthetic-n64.*leave out --score-only"),
    ],
)
def test_weights_that_do_not_fit_are_refused(done, options, match):
    with pytest.raises(SystemExit, match=match):
        paper1.main([str(done / "runs"), *OPTIONS, *options])


def test_weights_under_another_name_are_refused(done, tmp_path):
    (path,) = (done / "runs").glob("*-seed0.safetensors")
    (tmp_path / path.name.replace("2epochs", "3epochs")).write_bytes(path.read_bytes())
    with pytest.raises(SystemExit, match=r"seed0.safetensors is of another run: {'epochs': 2}"):
        paper1.main([str(tmp_path), *OPTIONS, "--epochs", "3", "--score-only"])


def test_carinthia_that_is_not_at_hand_is_said(tmp_path, monkeypatch):
    monkeypatch.setenv("SEMLIB_DATA", str(tmp_path))
    monkeypatch.setattr(SemImages, "carinthia", partial(SemImages.carinthia, download=False))
    with pytest.raises(SystemExit, match=r"(?s)^carinthia is not at hand\..*data.zip"):
        paper1.main([str(tmp_path), "--dataset", "carinthia"])


def test_files_are_whole_or_absent(tmp_path):
    def broken(file):
        file.write(b"half")
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        paper1.written(tmp_path / "x.json", broken)
    assert not list(tmp_path.iterdir())
