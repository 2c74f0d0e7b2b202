"""The list of ablations, the table that they give, and that labels only score."""

from dataclasses import asdict

import numpy as np
import pandas as pd
import pytest

from semlib.sem.ablations import (
    ABLATIONS,
    REFERENCE,
    ablated,
    ablation_table,
    run_ablations,
    training_rows,
)
from semlib.sem.config import TrainConfig
from semlib.sem.precision import OTHER_SEED, compare_precisions, precision_table

CONFIG = TrainConfig(epochs=1, batch_size=8, dim=4, device="cpu")
NAMES = (REFERENCE, "no head", "p1 → z2", "statistics anew, L0's own")
OF_IMAGES = ["loss", "spread", "effective_rank", "silhouette"]


@pytest.fixture(autouse=True)
def cache(monkeypatch, tmp_path_factory):
    monkeypatch.setenv("SEMLIB_CACHE", str(tmp_path_factory.getbasetemp() / "ablations"))


@pytest.fixture(scope="module")
def pixels():
    return np.random.default_rng(0).random((24, 32, 32), dtype=np.float32)


LABELS = np.repeat([1, 2, 3], 8)


@pytest.fixture
def rows(pixels):
    return run_ablations(pixels, LABELS, seeds=(0, 1), config=CONFIG, names=NAMES, k=3, progress=False)


@pytest.mark.parametrize("name", ABLATIONS)
def test_each_ablation_changes_only_what_it_says(name):
    before, after = asdict(CONFIG), asdict(ablated(CONFIG, name, seed=7))
    changed = {key for key in before if before[key] != after[key]}
    assert changed == {"seed", *ABLATIONS[name].changes}


def test_every_pair_and_every_scale_stands_alone():
    pairs = [a.changes["pairs"] for a in ABLATIONS.values() if "pairs" in a.changes]
    alone = {pair[0] for pair in pairs if len(pair) == 1}
    assert alone == {(j, k) for j in range(3) for k in range(3)}


def test_rows(rows):
    assert list(rows.ablation) == [name for name in NAMES for _ in range(2)]
    assert list(rows.seed) == [0, 1] * 4
    assert list(rows.level) == [0, 0, 0, 0, 1, 1, 0, 0]  # the finest level of the pairs
    assert rows.notna().all(axis=None)
    by_name = rows.set_index(["ablation", "seed"])
    starts = by_name.filter(like="untrained_")
    assert starts.loc[REFERENCE].equals(starts.loc["no head"])  # from the same weights
    assert not starts.loc[REFERENCE].equals(starts.loc["p1 → z2"])
    own = by_name.loc["statistics anew, L0's own"]
    assert own.loss.equals(by_name.loc[REFERENCE].loss)  # the same training
    assert not own.spread.equals(by_name.loc[REFERENCE].spread)


def test_labels_only_score(pixels, rows):
    without = run_ablations(pixels, seeds=(0, 1), config=CONFIG, names=NAMES, k=3, progress=False)
    assert not {"nmi", "ami", "untrained_nmi"} & set(without)
    pd.testing.assert_frame_equal(without[OF_IMAGES], rows[OF_IMAGES])
    assert "nmi" not in ablation_table(without)


def test_histories_are_those_of_the_trainings(pixels, rows):
    histories = training_rows(pixels, seeds=(0, 1), config=CONFIG, names=NAMES)
    assert list(histories.ablation.unique()) == list(NAMES[:3])  # the last one trains nothing of its own
    last = histories.set_index(["ablation", "seed"]).loss
    assert last.to_dict() == rows[rows.ablation != NAMES[3]].set_index(["ablation", "seed"]).loss.to_dict()


def made_up(**values):
    """Rows of two ablations and two seeds."""
    measures = ("spread", "effective_rank", "silhouette")
    rows = []
    for name, pair in values.items():
        for seed, value in enumerate(pair):
            row = dict.fromkeys(measures, value) | dict.fromkeys((f"untrained_{m}" for m in measures), 0.5)
            rows.append({"ablation": name, "group": "g", "seed": seed, "level": 0, **row})
    return pd.DataFrame(rows)


def test_table_by_hand():
    table = ablation_table(made_up(**{REFERENCE: (1.0, 2.0), "b": (4.0, 7.0)}))
    assert table.loc["b", "spread"] == 5.5
    assert table.loc["b", "spread_change"] == 4  # 3 and 5
    half = 12.7062 * np.sqrt(2) / np.sqrt(2)  # t(0.975, 1 degree of freedom) · std / √n
    assert table.loc["b", "spread_change_low"] == pytest.approx(4 - half, rel=1e-4)
    assert table.loc[REFERENCE, "spread_change_high"] == 0
    assert table.loc["b", "spread_untrained"] == 0.5
    assert "nmi" not in table


def test_one_seed_has_no_interval():
    row = ablation_table(made_up(**{REFERENCE: (1.0,), "b": (4.0,)})).loc["b"]
    assert row.spread_change == 3
    assert np.isnan(row.spread_change_low)


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (
            lambda x: run_ablations(x, seeds=(0,), config=CONFIG, names=["no hat"]),
            "names holds 'no hat'; choose",
        ),
        (
            lambda x: run_ablations(x, seeds=(0,), config=TrainConfig(head=False)),
            "config.head=False is itself an ablation; leave head as in",
        ),
        (
            lambda x: run_ablations(x, seeds=(0,), config=TrainConfig(levels=2)),
            "config.levels=2; the ablations",
        ),
        (lambda x: training_rows(x, seeds=(0,), config=CONFIG, names=["?"]), "names holds '\\?'"),
        (lambda x: ablation_table(made_up(b=(1.0, 2.0))), "rows lacks 'as the paper'"),
        (
            lambda x: ablation_table(made_up(**{REFERENCE: (1.0, 2.0), "b": (1.0,)})),
            "each ablation once for each",
        ),
        (
            lambda x: precision_table(pd.DataFrame(), "float32"),
            "variant='float32' must be one of 'bf16 training'",
        ),
    ],
)
def test_errors(pixels, call, says):
    with pytest.raises(ValueError, match=says):
        call(pixels)


def test_precisions_are_compared_by_seed(pixels):
    scores, agreement = compare_precisions(
        pixels, LABELS, seeds=(0, 1, 2), config=CONFIG, k=3, progress=False
    )
    assert agreement.pair.value_counts().to_dict() == {
        "bf16 training": 3,
        "bf16 training and embedding": 3,
        OTHER_SEED: 3,
    }
    assert len(scores) == 9
    by_seed = scores.pivot(index="seed", columns="variant", values="loss")
    assert (by_seed["bf16 training"] == by_seed["bf16 training and embedding"]).all()  # one training
    assert (by_seed["bf16 training"] != by_seed["float32"]).all()
    np.testing.assert_allclose(by_seed["bf16 training"], by_seed["float32"], rtol=0.1)


def test_precision_table_by_hand():
    values = {"float32": (1.0, 2.0, 3.0), "bf16 training": (1.1, 2.1, 3.1)}
    scores = pd.DataFrame(
        [{"variant": v, "seed": i, "nmi": x} for v, xs in values.items() for i, x in enumerate(xs)]
    )
    row = precision_table(scores).loc["nmi"]
    assert (row.float32, row.difference) == (2, pytest.approx(0.1))
    assert row.float32_high == pytest.approx(2 + 4.3027 / np.sqrt(3), rel=1e-4)  # t(0.975, 2), std 1
    assert row.inside
    far = scores.assign(nmi=scores.nmi + 9 * (scores.variant != "float32"))
    assert not precision_table(far).loc["nmi"].inside
