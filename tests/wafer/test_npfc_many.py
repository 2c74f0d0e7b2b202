"""Many maps: the same results as one by one, in order, and bad maps named by their index."""

from dataclasses import asdict

import numpy as np
import pytest

from semlib.wafer.metrics import filter_scores
from semlib.wafer.npfc import npfc
from semlib.wafer.npfc_many import npfc_many, npfc_table


def _maps(n=6, seed=0):
    rng = np.random.default_rng(seed)
    return [np.where(rng.random((10 + i, 14 - i)) < 0.2, 2, 1) for i in range(n)]


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_many_are_the_single_results_in_order(n_jobs):
    maps = _maps()
    results = npfc_many(maps, n_jobs=n_jobs, progress=False, gap=2)
    assert len(results) == len(maps)
    for wafer_map, result in zip(maps, results, strict=True):
        alone = npfc(wafer_map, gap=2)
        assert (result.labels == alone.labels).all()
        assert result.decisions_by_num == alone.decisions_by_num


def test_a_stack_is_a_list_of_maps():
    stack = np.stack([_maps()[0], _maps(seed=1)[0]])
    for wafer_map, result in zip(stack, npfc_many(stack, progress=False), strict=True):
        assert (result.filtered == npfc(wafer_map).filtered).all()


def test_table_holds_the_numbers_of_each_result():
    maps = [*_maps(), np.ones((3, 3), int)]
    table = npfc_table(maps, filter_metrics=True, progress=False)
    assert table.index.tolist() == list(range(7))
    for (_, row), wafer_map in zip(table.iterrows(), maps, strict=True):
        result = npfc(wafer_map)
        sd = {score.num: score.sd for score in result.scores}.get(result.num, np.nan)
        expected = {
            "num": result.num,
            "n_defects": (wafer_map == 2).sum(),
            "n_noise": result.noise.sum(),
            "n_removed": ((wafer_map == 2) & (result.labels < 0)).sum(),
            "n_preliminary": len(np.unique(result.preliminary[result.preliminary >= 0])),
            "n_merged": len(np.unique(result.merged[result.merged >= 0])),
            "sd": sd,
            **asdict(filter_scores(wafer_map, result.filtered)),
        }
        assert row.to_dict() == pytest.approx(expected, nan_ok=True)
    assert table["num"].dtype.kind == "i"
    assert np.isinf(table["snr"].iloc[-1])
    assert np.isnan(table["sd"].iloc[-1])


def test_without_scores_and_without_maps():
    columns = ["num", "n_defects", "n_noise", "n_removed", "n_preliminary", "n_merged", "sd"]
    assert npfc_table(_maps(2), progress=False).columns.tolist() == columns
    empty = npfc_table([], progress=False)
    assert (len(empty), empty.columns.tolist()) == (0, columns)
    assert npfc_many([], progress=False) == []


@pytest.mark.parametrize("call", [npfc_many, npfc_table])
def test_a_bad_map_is_named_by_its_index(call):
    with pytest.raises(ValueError, match=r"^maps\[2\] holds 3 \(1x\)"):
        call([*_maps(2), [[1, 3]]], progress=False)
    with pytest.raises(ValueError, match=r"^maps\[0\] has shape \(14,\)"):
        call(_maps(1)[0], progress=False)  # one map where many are meant
    with pytest.raises(TypeError, match="no option 'sizes'"):
        call(_maps(1), progress=False, sizes=3)
    with pytest.raises(ValueError, match="mode='real'"):
        call(_maps(1), progress=False, mode="real")


def test_progress_is_shown_on_request(capsys, monkeypatch):
    monkeypatch.delenv("TQDM_DISABLE", raising=False)
    npfc_many(_maps(2), progress=False)
    assert "NPFC" not in capsys.readouterr().err
    npfc_many(_maps(2))
    assert "NPFC: 100%" in capsys.readouterr().err
