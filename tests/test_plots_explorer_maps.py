"""The explorer of wafer maps: what a map is laid out by, what NPFC decided, and what the page holds."""

import base64
import io
import json
import re

import numpy as np
import pytest
from PIL import Image

from semlib.plots.explorer_maps import decisions, map_explorer, map_features
from semlib.plots.wafer_maps import CLUSTER_COLORS
from semlib.plots.wafer_results import GONE
from semlib.wafer.npfc import npfc
from semlib.wafer.synthetic import synthetic_mixed_maps

MAPS = list(synthetic_mixed_maps(9, 3, 0.1, 1)[0])
RESULTS = [npfc(one) for one in MAPS]
XY = np.random.default_rng(0).normal(size=(9, 2))
NAMES = [f"map {i}" for i in range(9)]


def made(**changes):
    parts = {"layouts": {("map", "PCA"): XY}, "maps": MAPS, "results": RESULTS, "colours": {}}
    parts["colours"] = {"Num": np.array([one.num for one in RESULTS])}
    return map_explorer(**parts | {"captions": NAMES, "name": "m", "alt": "nine maps"} | changes)


def spec_of(page):
    return json.loads(re.search(r"var spec = (.*);\n", page.data)[1])


def picture(sheet):
    data = base64.b64decode(sheet["src"].partition(",")[2])
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))


def test_features_by_hand():
    # four cells of 2×2: one defective die of four, none, of two, and no die at all
    wafer_map = np.array([[1, 2, 1, 1], [1, 1, 1, 1], [2, 0, 0, 0], [0, 2, 0, 0]])
    assert map_features([wafer_map], cells=2).tolist() == [[0.5, 0, 1, 0]]


def test_features_do_not_depend_on_the_size_of_the_map():
    large = np.kron(MAPS[0], np.ones((2, 2), int))
    assert np.allclose(map_features([MAPS[0]]), map_features([large]))


def test_a_map_is_shown_in_the_three_colours_of_the_house():
    sheet = spec_of(made())["sheets"][0]
    shown = picture(sheet)
    for i, wafer_map in enumerate(MAPS):
        top, left = i // 3 * 52, i % 3 * 52
        one = shown[top : top + 52, left : left + 52]
        for value, color in enumerate(((255, 255, 255), (0xE4,) * 3, (0x40,) * 3)):
            assert (one[wafer_map == value] == color).all()


def test_its_clusters_have_their_colours_and_what_is_removed_is_grey():
    shown = picture(spec_of(made())["sheets"][1])[:52, :52]
    rgb = lambda color: tuple(bytes.fromhex(color[1:]))  # noqa: E731
    for k in range(RESULTS[0].num):
        assert (shown[RESULTS[0].labels == k] == rgb(CLUSTER_COLORS[k])).all()
    assert (shown[(MAPS[0] == 2) & (RESULTS[0].labels < 0)] == rgb(GONE)).all()


@pytest.mark.parametrize("i", range(9))
def test_every_cluster_has_its_line(i):
    result, lines = RESULTS[i], decisions(RESULTS[i])
    clusters = int(result.merged.max()) + 1
    assert len(lines) == clusters + bool(result.noise.any())
    for (color, text), made_ in zip(lines[result.num :], result.decisions, strict=False):
        cases = ", ".join(f"{case} to {core}" for core, case in enumerate(made_.cases))
        assert f"cluster {made_.cluster}, " in text
        assert f"case {cases}; f1: " in text
        if made_.into is None:
            assert text.endswith("removed")
            assert color == GONE
        else:
            assert text.endswith(f"merged into {made_.into}")
            assert color == CLUSTER_COLORS[result.cores.index(made_.into)]


def test_lines_without_cases_and_without_noise():
    lines = decisions(npfc(MAPS[0], mode="practical"))
    assert all("case" not in text for _, text in lines)
    clean = np.ones((20, 20), int)
    clean[2:6, 2:6] = clean[12:16, 12:16] = 2
    assert [text for _, text in decisions(npfc(clean))] == [
        "cluster 0, 16 dies: a core",
        "cluster 1, 16 dies: a core",
    ]


def test_maps_of_other_sizes_go_in_too():
    maps = [*MAPS[:8], synthetic_mixed_maps(1, 2, 0.05, 3, shape=(30, 26))[0][0]]
    spec = spec_of(made(maps=maps, results=[*RESULTS[:8], npfc(maps[8])]))
    assert spec["sheets"][0]["side"] == 52
    assert len(spec["details"]) == 9


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"results": RESULTS[:2]}, "maps 9, results 2, captions 9; pass one of each"),
        ({"layouts": {}}, "layouts is empty"),
        ({"near": {}}, "near lacks map"),
    ],
)
def test_errors_name_what_does_not_fit(changes, text):
    with pytest.raises(ValueError, match=text):
        made(**changes)
