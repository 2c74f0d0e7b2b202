"""Many maps: the same results as one by one, in order, and bad maps named by their index."""

from dataclasses import asdict

import joblib
import numpy as np
import pytest

from semlib.wafer import _npfc_batches
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


@pytest.mark.parametrize("n_jobs", [1, 2])
@pytest.mark.parametrize("options", [{}, {"gap": 3}, {"mode": "practical"}])
def test_brief_results_are_the_full_ones(n_jobs, options):
    maps = [*_maps(9), np.ones((3, 3), np.uint8), np.full((2, 4), 2, np.uint8)]
    for wafer_map, brief in zip(
        maps, npfc_many(maps, brief=True, n_jobs=n_jobs, progress=False, **options), strict=True
    ):
        result = npfc(wafer_map, **options)
        assert (brief.labels == result.labels).all()
        assert (brief.filtered == result.filtered).all()
        assert (brief.labels.dtype, brief.filtered.dtype) == (np.int32, np.uint8)
        assert (brief.num, brief.n_removed) == (result.num, (result.filtered != wafer_map).sum())
        assert (brief.n_noise, brief.n_defects) == (result.noise.sum(), (np.asarray(wafer_map) == 2).sum())


@pytest.mark.parametrize("brief", [False, True])
def test_a_generator_reads_no_more_than_it_must(brief, monkeypatch):
    monkeypatch.setattr(_npfc_batches, "_CELLS", 400)  # two or three of these maps
    read = []

    def source():
        for i, wafer_map in enumerate(_maps(10) * 20):
            read.append(i)
            yield wafer_map

    found = npfc_many(source(), brief=brief, generator=True, progress=False)
    assert read == []
    first = next(found)
    assert 0 < len(read) < 40
    rest = list(found)
    assert len(rest) == 199
    assert (first.labels == npfc(_maps(1)[0]).labels).all()


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_a_generator_may_be_left_early(n_jobs):
    found = npfc_many(_maps(10) * 9, brief=True, generator=True, n_jobs=n_jobs, progress=False)
    next(found)
    found.close()


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_bad_maps_are_skipped_and_named_at_the_end(n_jobs):
    uint8 = [wafer_map.astype(np.uint8) for wafer_map in _maps(5)]
    maps = [uint8[0], np.full((2, 2), 3, np.uint8), *uint8[1:3], [[1], [1, 2]], np.zeros((2, 2), np.uint8)]
    maps += uint8[3:]
    good = [0, 2, 3, 6, 7]
    for brief in (False, True):
        with pytest.warns(UserWarning, match=r"3 maps are bad.*maps\[1\] holds 3.*maps\[4\].*maps\[5\]"):
            found = npfc_many(maps, brief=brief, on_bad="skip", n_jobs=n_jobs, progress=False)
        assert [i for i, result in enumerate(found) if result is not None] == good
        assert (found[6].labels == npfc(maps[6]).labels).all()
    with pytest.warns(UserWarning, match="3 maps are bad"):
        table = npfc_table(maps, on_bad="skip", n_jobs=n_jobs, progress=False)
    assert table.index.tolist() == good
    with pytest.raises(ValueError, match=r"^maps\[1\] holds 3"):
        npfc_many(maps, n_jobs=n_jobs, progress=False)
    with pytest.raises(ValueError, match="on_bad='drop' is not one of 'raise', 'skip'"):
        npfc_many(maps, on_bad="drop")


def test_all_maps_bad():
    with pytest.warns(UserWarning, match="2 maps are bad"):
        assert npfc_many([[[3]], [[0]]], on_bad="skip", progress=False) == [None, None]
    with pytest.warns(UserWarning, match="1 maps are bad"):
        assert len(npfc_table([[[0]]], filter_metrics=True, on_bad="skip", progress=False)) == 0


def test_results_do_not_hold_their_batch_in_memory():
    briefs = npfc_many(_maps(5), brief=True, progress=False)
    for brief in briefs:
        assert brief.labels.base is None or brief.labels.base.size == brief.labels.size


def test_a_dask_cluster_gives_the_same():
    distributed = pytest.importorskip("distributed", reason="dask[distributed] is not installed")
    maps = _maps(12)
    expected = npfc_many(maps, progress=False)
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
        ) as cluster,
        distributed.Client(cluster),
        joblib.parallel_config(backend="dask"),
    ):
        for brief in (False, True):
            found = npfc_many(maps, brief=brief, n_jobs=-1, progress=False)
            assert all((a.labels == b.labels).all() for a, b in zip(found, expected, strict=True))
        table = npfc_table(iter(maps), n_jobs=2, progress=False)
    assert table["num"].tolist() == [result.num for result in expected]
