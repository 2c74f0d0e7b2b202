"""What is at hand is measured, and called whole only where it is proved to be the published file."""

import hashlib
import sys
import warnings
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from cards_made import MAPS, carinthia, mixed
from loopback import zipped

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tools"))
sys.path.insert(0, str(Path(__file__).resolve().parent / "wafer"))
import card_page
import cards
import measure_data
from card_texts import LOAD
from wm811k_made import table

from semlib.download import MismatchError
from semlib.registry import REGISTRY


def test_nothing_at_hand(publish, tmp_path):
    for key in REGISTRY:
        assert measure_data.measure(key, tmp_path, tmp_path) is None
    assert list(tmp_path.glob("*.png")) == []


def test_a_part_of_mixedwm38(publish, tmp_path):
    (tmp_path / "mixedwm38").mkdir()
    (tmp_path / "mixedwm38" / "some.npz").write_bytes(mixed())
    found = measure_data.measure("mixedwm38", tmp_path, tmp_path)
    assert found["at_hand"] == {
        "file": "some.npz",
        "size": len(mixed()),
        "sha256": hashlib.sha256(mixed()).hexdigest(),
        "whole": False,
        "checked": "",
        "how": "how it was taken from the whole is not known",
        "items": 5,
    }
    count, combination = found["groupings"]
    assert list(count["classes"].values()) == [1, 3, 1, 0, 0]
    assert combination["classes"] == {
        "Center": 1,
        "Donut+Edge-Ring": 1,
        "Random": 1,
        "no pattern": 1,
        "Donut": 1,
    }
    assert (combination["clusters"], combination["nmi_ceiling"]) == (5, 1.0)
    assert combination["entropy"] == pytest.approx(np.log(5), abs=1e-6)
    assert found["values"] == {"0": 20, "1": 41, "2": 17, "3": 2}
    assert found["value3"] == {"maps": 1, "dies": 2, "labels": {"Random": 1}}
    assert found["repeats"]["copies"] == 1
    assert found["repeats"]["several_labels"] == {"Center and no pattern": 1}
    assert found["maps"]["dies"] == [12, 12.0, 12]
    assert found["maps"]["by_class"]["two patterns"]["defect_rate"] == [0.3333] * 3  # 4 of 12
    drawn = (tmp_path / "data_mixedwm38.png").read_bytes()
    assert found["picture"]["sha256"] == hashlib.sha256(drawn).hexdigest()
    text = card_page.card(REGISTRY["mixedwm38"], found)
    assert "value 3 is in 2 dies of 1 maps (1 Random)" in text
    assert measure_data.measure("mixedwm38", tmp_path, tmp_path) == found  # the same again, picture included


def test_whole_mixedwm38_is_called_so_and_contradicts_the_registry(publish):
    publish("mixedwm38", mixed())
    base = publish.place("mixedwm38").parents[1]
    found = measure_data.measure("mixedwm38", base, base)
    assert (found["at_hand"]["whole"], found["at_hand"]["checked"]) == (True, "size")
    assert "38,015 maps are reported, but 5 are in the whole file." in card_page.contradictions(
        REGISTRY["mixedwm38"], found
    )
    assert "its size is the published one, and no hash is published" in card_page.badge(
        REGISTRY["mixedwm38"], found
    )


def test_whole_carinthia(publish, monkeypatch):
    publish("carinthia", zipped(carinthia()))
    base = publish.place("carinthia").parents[1]
    monkeypatch.setitem(
        REGISTRY, "carinthia", replace(REGISTRY["carinthia"], count=4, classes={"1": 1, "3": 2, "6": 1})
    )
    with pytest.warns(UserWarning, match="SHA-256"):  # the table is not the published one
        found = measure_data.measure("carinthia", base, base)
    assert (found["at_hand"]["whole"], found["at_hand"]["checked"]) == (True, "sha256")
    assert found["groupings"][0]["classes"] == {"1": 1, "3": 2, "6": 1}
    assert found["images"]["sizes"] == [[64, 64, 4]]
    assert found["images"]["black_border"]["right"] == {"images": 4, "widest": 1}
    assert found["images"]["black_border"]["left"]["images"] == 0
    assert (found["repeats"]["unique"], found["repeats"]["several_labels"]) == (3, {})
    by_class = found["images"]["by_class"]
    assert by_class["3"]["left_right"][1] < 0 < by_class["6"]["left_right"][1]
    text = card_page.card(REGISTRY["carinthia"], found)
    assert "Black border: right: 4 images, up to 1 px wide." in text
    assert ":class: danger" not in text
    assert "shrunken" not in text


def test_masks_of_carinthia_s_are_counted(publish):
    publish("carinthia_s", zipped(carinthia("carinthia-s.csv", masks=True)))
    base = publish.place("carinthia_s").parents[1]
    with pytest.warns(UserWarning, match="4,591"):
        found = measure_data.measure("carinthia_s", base, base)
    assert found["masks"]["1"] == {"masks": 1, "empty": 0, "grey": 1, "faint": 0, "rgb": 0}
    assert found["masks"]["6"]["empty"] == 1
    assert found["masks"]["3"]["masks"] == 2
    assert "The masks of each class" in card_page.card(REGISTRY["carinthia_s"], found)


def test_shrunken_copies_are_called_so(tmp_path, publish):
    for name, content in carinthia("mine.csv").items():
        path = tmp_path / "carinthia_small" / Path(name).relative_to("data")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    found = measure_data.measure("carinthia", tmp_path, tmp_path)
    text = card_page.card(REGISTRY["carinthia"], found)
    assert "They are shrunken copies, 64×64 pixels, not the published images." in text
    assert "**Measured on: a part.** 4 of 4,591 images" in text


def test_a_part_of_wm811k_has_the_registry_s_names(tmp_path, publish):
    (tmp_path / "wm811k").mkdir()
    shapes = [(2, 3), (2, 2), (2, 3)]
    flat = np.uint8([1, 2, 1, 1, 1, 1, 1, 1, 2, 2, 1, 2, 1, 1, 1, 1])
    labels = np.array(["None", "Loc", "None"])
    np.savez(
        tmp_path / "wm811k" / "p.npz", flat=flat, offsets=[0, 6, 10, 16], shapes=shapes, failureType=labels
    )
    found = measure_data.measure("wm811k", tmp_path, tmp_path)
    assert found["spelling"] == {"None": "none"}
    assert found["groupings"][0]["classes"]["none"] == 2
    assert found["other_labels"] == {}
    assert found["repeats"]["copies"] == 1
    assert card_page.contradictions(REGISTRY["wm811k"], found) == []


def test_several_parts_are_refused(tmp_path, publish):
    (tmp_path / "wm811k").mkdir()
    for name in "ab":
        (tmp_path / "wm811k" / f"{name}.npz").touch()
    with pytest.raises(ValueError, match=r"several parts of WM-811K: .*a\.npz, .*b\.npz; leave one"):
        measure_data.measure("wm811k", tmp_path, tmp_path)


def test_another_file_of_the_published_name_is_no_part(publish):
    publish("carinthia", zipped(carinthia()))
    path = publish.place("carinthia")
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    with pytest.raises(MismatchError, match=r"data\.zip is not the published"):
        measure_data.measure("carinthia", path.parents[1], path.parent)


def test_the_stored_measurement_is_what_comes_out(tmp_path):
    root = Path(__file__).resolve().parents[1]
    base = root / "../shared/data"
    if not (base / "carinthia_52px").is_dir():
        pytest.skip("carinthia_52px is not in ../shared/data")
    stored = measure_data.json.loads((root / "results" / "data_carinthia.json").read_text())
    if stored["at_hand"]["whole"]:
        pytest.skip("the whole of Carinthia was measured")
    found = measure_data.measure("carinthia", base, tmp_path)
    for content in (stored, found):  # when and by what, and a picture that other fonts would change
        del content["provenance"], content["picture"]
    assert found == stored


def test_json_is_short_and_the_same():
    content = {"a": [1, [2, 3], []], "b": {"c": [0.5, "x, y"]}, "d": []}
    text = measure_data.dumps(content)
    assert measure_data.json.loads(text) == content
    assert '"c": [0.5, "x, y"]' in text


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["measure", "carinthi"], "no data set is called carinthi"),
        (["measure", "--data", "/no/where"], "is no folder"),
    ],
)
def test_wrong_words_are_named(words, said, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["cards.py", *words])
    with pytest.raises(SystemExit):
        cards.main()
    assert said in capsys.readouterr().err


def test_whole_wm811k(publish, monkeypatch):
    publish(
        "wm811k", table()
    )  # five maps: Loc, none, Near-full, two without a label; the first and last equal
    base = publish.place("wm811k").parents[1]
    data = replace(REGISTRY["wm811k"], count=5, classes={"none": 1, "Loc": 1, "Near-full": 1})
    monkeypatch.setitem(REGISTRY, "wm811k", data)
    found = measure_data.measure("wm811k", base, base)
    assert (found["at_hand"]["whole"], found["at_hand"]["checked"]) == (True, "sha256")
    assert found["groupings"][0]["classes"] == {"none": 1, "Loc": 1, "Near-full": 1}
    assert found["other_labels"] == {"no label": 2}
    assert found["repeats"]["several_labels"] == {"Loc and no label": 1}
    assert found["lots"] == {"lots": 1, "wafers": [5, 5.0, 5]}
    assert sum(found["split"].values()) <= 5
    text = card_page.card(data, found)
    assert "1 lots with 5 to 5 wafers each, 5.0 on average." in text
    assert ":class: danger" not in text


@pytest.mark.parametrize("key", REGISTRY)
def test_the_code_of_a_card_runs(key, publish):
    bodies = {
        "carinthia": zipped(carinthia()),
        "carinthia_s": zipped(carinthia("carinthia-s.csv", masks=True)),
        "wm811k": table(
            maps=list(np.minimum(MAPS, 2)), types=["Loc", "none"] * 2 + [None], lots=["a", "b", "c", "a", "b"]
        ),
        "mixedwm38": mixed(),
    }
    publish(key, bodies[key])
    publish.place(key)
    names: dict = {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the test's data are not those that were reported
        exec(LOAD[key], names)
    train, test = names["train"], names["test"]
    if "images" in names:
        train, test = names["images"].subset(train), names["images"].subset(test)
    assert not {x.tobytes() for x in train} & {x.tobytes() for x in test}
    assert len(train)
    assert len(test)
