"""The embedding explorer's page holds what went in, and says what is wrong by name."""

import base64
import json
import re

import numpy as np
import pytest

from semlib.book import recorded_bytes
from semlib.plots.explorer import embedding_explorer, explorer
from semlib.plots.explorer_pack import make_sprite
from semlib.plots.explorer_page import colouring
from semlib.plots.explorer_runs import recorded_run

RNG = np.random.default_rng(0)
N = 12
IMAGES = RNG.random((N, 16, 16))
XY = RNG.normal(size=(N, 2))
LABELS = np.array([1] * 6 + [3] * 5 + [6])
NAMES = [f"no. {i}" for i in range(N)]
LAYOUTS = {("A", "UMAP"): XY, ("A", "t-SNE"): -XY, ("B", "UMAP"): 2 * XY}
COLOURS = {"label": LABELS, "cluster": {"A": LABELS % 2, "B": LABELS % 3}, "grey": np.linspace(0, 1, N)}


def spec_of(page):
    return json.loads(re.search(r"var spec = (.*);\n", page.data)[1])


def levels(pack):
    return np.frombuffer(base64.b64decode(pack["data"]), "<u2").reshape(pack["shape"])


def made(**changes):
    parts = {"layouts": LAYOUTS, "images": IMAGES, "colours": COLOURS, "captions": NAMES}
    parts |= {"name": "x", "alt": "twelve images"} | changes
    return embedding_explorer(**parts)


def test_every_layout_comes_back_to_half_a_step():
    for layout, xy in zip(spec_of(made())["layouts"], LAYOUTS.values(), strict=True):
        back = np.array(layout["xy"]["low"]) + np.array(layout["xy"]["step"]) * levels(layout["xy"])
        assert np.abs(back - xy).max() <= np.ptp(xy, axis=0).max() / 131068 * 1.001
    assert [(x["method"], x["kind"]) for x in spec_of(made())["layouts"]] == list(LAYOUTS)


def test_colours_are_groups_or_a_scale_and_follow_the_method():
    label, cluster, grey = spec_of(made(group_names={"label": {1: "scratch"}}))["colours"]
    assert [g["name"] for g in label["groups"]] == ["scratch", "3", "6"]
    assert levels(label["arrays"][0]).tolist() == [0] * 6 + [1] * 5 + [2]
    assert label["of"] == [0, 0, 0]
    assert cluster["of"] == [0, 0, 1]
    values = [int(g["name"]) for g in cluster["groups"]]
    assert [values[k] for k in levels(cluster["arrays"][1])] == (LABELS % 3).tolist()
    assert "groups" not in grey
    assert levels(grey["arrays"][0])[[0, -1]].tolist() == [0, 65534]


def test_nearest_are_those_given_or_those_of_each_layout():
    spec = spec_of(made())
    assert [x["near"] for x in spec["layouts"]] == [0, 1, 2]
    first = spec["neighbours"][0]
    d = np.linalg.norm(XY[:, None] - XY, axis=-1)
    assert (levels(first["index"]) == np.argsort(d, axis=1)[:, 1:7]).all()
    near = {m: (np.full((N, 2), k), np.ones((N, 2))) for k, m in enumerate("AB")}
    spec = spec_of(made(near=near))
    assert [x["near"] for x in spec["layouts"]] == [0, 0, 1]
    assert (levels(spec["neighbours"][1]["index"]) == 1).all()


def test_plain_explorer_has_one_layout_and_names_its_groups():
    spec = spec_of(explorer(XY, IMAGES, LABELS, NAMES, name="x", legend="cluster"))
    assert len(spec["layouts"]) == 1
    assert [c["name"] for c in spec["colours"]] == ["cluster"]
    assert spec["names"] == NAMES
    assert spec["sheets"][0]["side"] == 96


def test_page_is_repeatable_and_no_text_can_end_its_script():
    make = lambda: made(captions=["</script><!--"] * N).data  # noqa: E731
    assert make() == make()
    assert make().count("</script>") == 1
    assert "<!--" not in make()
    assert spec_of(made(captions=["</script><!--"] * N))["names"][0] == "</script><!--"


def test_page_tells_what_it_is_and_loads_nothing_but_plotly():
    page = made().data
    assert spec_of(made())["alt"] == "twelve images"
    assert re.findall(r"https?://[^\"' ]+", page.replace("http://www.w3.org/2000/svg", "")) == [
        spec_of(made())["cdn"]
    ]
    assert spec_of(made())["cdn"].startswith("https://cdn.plot.ly/plotly-")


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"captions": NAMES[:3]}, "images 12, captions 3; pass one of each"),
        ({"images": make_sprite(IMAGES[:4], 8)}, "images 4"),
        ({"layouts": {}}, "layouts is empty"),
        ({"layouts": {("A", "UMAP"): XY[:5]}}, r"layouts\[\('A', 'UMAP'\)\] 5"),
        ({"colours": {"cluster": {"A": LABELS}}}, r"colours\['cluster'\] lacks B"),
        ({"colours": {"cluster": {"A": LABELS, "B": LABELS[:2]}}}, r"colours\['cluster'\] B 2"),
        ({"near": {"A": (np.zeros((N, 1), int), np.zeros((N, 1)))}}, "near lacks B"),
    ],
)
def test_errors_name_what_does_not_fit(changes, text):
    with pytest.raises(ValueError, match=text):
        made(**changes)


def test_plain_explorer_wants_one_of_each():
    with pytest.raises(ValueError, match=r"xy 12, .*images 12, captions 1; pass one of each"):
        explorer(XY, IMAGES, LABELS, ["one"], name="x")


def test_groups_take_the_colours_in_turn():
    entry = colouring("k", np.arange(3), ["A"], colors=("red", "blue"))
    assert [g["color"] for g in entry["groups"]] == ["red", "blue", "red"]


def test_the_recorded_run_is_whole_and_its_page_is_small():
    run = recorded_run("paper1_synthetic")
    assert run is not None
    assert not run.is_real
    page = embedding_explorer(
        run.layouts, run.images, run.colours, run.captions, near=run.near, name="x", alt="all"
    ).data
    assert run.images.n == 4591
    assert len(page) < 3e6
    for near, distances in run.near.values():
        assert (near != np.arange(4591)[:, None]).all()
        assert (np.diff(distances, axis=1) >= 0).all()
    assert np.bincount(run.colours["label"]).argmax() == 3


def test_a_run_that_was_not_recorded_is_none():
    assert recorded_run("paper1_nowhere") is None


def test_bytes_of_a_record_are_read_whole():
    assert recorded_bytes("paper1_synthetic_explorer.webp")[8:12] == b"WEBP"
    assert recorded_bytes("paper1_nowhere.webp") is None
