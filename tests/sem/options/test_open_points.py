"""The open points: their defaults are those of the functions, their names are known, none is forgotten."""

import inspect
import re
from pathlib import Path

import pytest
from sklearn.metrics import normalized_mutual_info_score

from semlib.sem.calibrate import calibrate
from semlib.sem.evaluate import evaluate_clustering
from semlib.sem.options import open_points as opt
from semlib.sem.options.open_points import NETWORKS, OPTIONS, OUTSIDE, ROWS, STEPS, check_names, defaults
from semlib.sem.preprocess import MODES, Preprocess
from semlib.sem.table import CONTROLS, METHODS
from semlib.sem.textures import _LBP_BINS, glcm_features, lbp_features, wavelet_features
from semlib.sem.train import TrainConfig, embed

HOMES = {
    home.__name__: home
    for home in (
        Preprocess,
        TrainConfig,
        calibrate,
        embed,
        evaluate_clustering,
        glcm_features,
        lbp_features,
        wavelet_features,
        normalized_mutual_info_score,
    )
}
DEVIATIONS = Path(__file__).resolve().parents[3] / "book" / "deviations.md"
#: What the paper fixes, and what Table 1 does not use.
NOT_OPEN = {
    *("Preprocess.size", "pyramid.levels", "Encoder.dim", "TrainConfig.dim", "ProjectionHead.dim"),
    *("TrainConfig.epochs", "TrainConfig.batch_size", "TrainConfig.lr", "TrainConfig.levels"),
    *("evaluate_clustering.k", "wavelet_features.level", "pca_features.n_components"),
    *("project_umap.n_neighbors", "project_umap.min_dist", "project_tsne.perplexity"),
    "cross_scale_loss.pairs",  # TrainConfig passes it on
}


@pytest.mark.parametrize("name", [name for name, option in OPTIONS.items() if option.where])
def test_the_default_is_that_of_the_function(name):
    home, _, keywords = OPTIONS[name].where.partition(".")
    parameters = inspect.signature(HOMES[home]).parameters
    held = tuple(parameters[keyword].default for keyword in keywords.split(", "))
    assert (held if len(held) > 1 else held[0]) == defaults()[name]


def test_the_readings_are_all_that_the_code_knows():
    assert set(OPTIONS["normalize"].values.values()) == set(MODES)
    assert set(OPTIONS["method"].values.values()) == set(_LBP_BINS)


@pytest.mark.parametrize("option", OPTIONS.values(), ids=OPTIONS)
def test_each_option_is_whole(option):
    assert option.step in STEPS
    assert set() < set(option.affects) <= set(ROWS)
    assert 1 < len(option.values) == len(set(map(repr, option.values.values())))
    assert set(option.skips) <= set(option.values) - {option.default}
    assert option.methods(option.default) == option.affects
    assert {method for skipped in option.skips.values() for method in skipped} <= set(option.affects)


def test_rows_are_those_of_the_table():
    assert set(ROWS) == {*METHODS, opt.UNTRAINED, opt.MEAN_GREY}
    assert {opt.UNTRAINED, opt.MEAN_GREY} <= set(CONTROLS)
    assert (METHODS[-1], opt.UNTRAINED) == NETWORKS


def test_methods_leaves_out_what_a_value_means_nothing_for():
    assert "GLCM" not in OPTIONS["normalize"].methods("z-score")
    assert OPTIONS["normalize"].methods("none") == ROWS


def test_each_keyword_of_the_deviations_page_is_varied_or_fixed():
    section = DEVIATIONS.read_text().split("## Paper 1")[1].split("\n## ")[0]
    cells = [line.strip("| ").split("|")[-1] for line in section.splitlines() if line.startswith("|")]
    listed = set()
    for entry in (entry for cell in cells[2:] for entry in cell.split(";")):
        codes = [code for code in re.findall(r"`([^`]+)`", entry) if code[0] != '"']
        listed |= {f"{codes[0]}.{code.partition('=')[0]}" for code in codes[1:]}
    varied = {
        f"{option.where.partition('.')[0]}.{keyword}"
        for option in OPTIONS.values()
        for keyword in option.where.partition(".")[2].split(", ")
    }
    assert len(listed) > 20
    assert listed - varied - NOT_OPEN == set()


def test_what_is_not_varied_has_a_reason():
    assert all(len(reason) > 20 for reason in OUTSIDE.values())
    assert not set(OUTSIDE) & {option.title for option in OPTIONS.values()}


def test_option_table_shows_each_option_once():
    table = opt.option_table()
    assert list(table.index) == [option.title for option in OPTIONS.values()]
    assert table.loc["Crop", "default"] == "4 px"
    assert table.loc["Crop", "can change"] == "all"
    assert table.loc["GLCM: distance", "other readings"] == "2 px; 4 px"


def test_check_names():
    assert check_names("border", OPTIONS, "options") == ["border"]
    with pytest.raises(ValueError, match=r"options=\['crop'\] is unknown; choose from normalize, border"):
        check_names(["border", "crop"], OPTIONS, "options")
    with pytest.raises(ValueError, match=r"options=\[\] is empty; choose from normalize"):
        check_names([], OPTIONS, "options")
