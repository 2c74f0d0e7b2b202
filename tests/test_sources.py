import json

import pytest

from semlib.sources import code_hash_of, reached, stale

FILES = {
    "semlib/__init__.py": "",
    "semlib/wafer/__init__.py": '"""Maps."""\n',
    "semlib/wafer/steps.py": (
        '"""Steps."""\n\nfrom semlib.wafer import low as lower\n\nLIMIT = 3\n\n\n'
        'def step(x):\n    """Do."""\n    return lower.half(x) + LIMIT\n\n\ndef other(x):\n    return x\n'
    ),
    "semlib/wafer/low.py": (
        "def half(x):\n    from semlib.wafer.deep import whole\n\n    return whole(x) / 2\n"
    ),
    "semlib/wafer/deep.py": "def whole(x):\n    return x\n\n\ndef unused(x):\n    return x\n",
    "semlib/plots/__init__.py": "",
    "semlib/plots/draw.py": "def draw(x):\n    return x\n",
    "notebooks/01_first.py": (
        "# %% [markdown]\n# Words.\n\n# %%\nfrom semlib.plots.draw import draw\n"
        "from semlib.wafer.steps import step\n\n# %%\nvalue = step(1)\ndraw(value)\n"
    ),
}


@pytest.fixture
def root(tmp_path):
    for name, text in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path


def change(root, name, old, new):
    path = root / name
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def test_only_what_is_mentioned_counts(root):
    assert [place for place, _ in reached(["notebooks/01_first.py"], root)] == [
        "notebooks/01_first.py:value",
        "notebooks/01_first.py:(statement)",
        "semlib/wafer/deep.py:whole",
        "semlib/wafer/low.py:half",
        "semlib/wafer/steps.py:LIMIT",
        "semlib/wafer/steps.py:step",
    ]


@pytest.mark.parametrize(
    ("name", "old", "new", "counts"),
    [
        ("semlib/wafer/deep.py", "def whole(x):\n    return x", "def whole(x):\n    return x + 0", True),
        ("semlib/wafer/steps.py", "LIMIT = 3", "LIMIT = 4", True),
        ("notebooks/01_first.py", "step(1)", "step(2)", True),
        ("semlib/wafer/deep.py", "def unused(x):\n    return x", "def unused(x):\n    return 0", False),
        ("semlib/wafer/steps.py", "def other(x):", "def another(x):", False),
        ("semlib/plots/draw.py", "return x", "return None", False),
        ("semlib/wafer/steps.py", '"""Do."""', '"""Do something."""', False),
        ("semlib/wafer/steps.py", "LIMIT = 3", "\n\nLIMIT = 3  # of steps", False),
        ("notebooks/01_first.py", "# Words.", "# Other words {claim}`a`.", False),
    ],
)
def test_code_counts_and_words_do_not(root, name, old, new, counts):
    before = code_hash_of(["notebooks/01_first.py"], root)
    change(root, name, old, new)
    assert (code_hash_of(["notebooks/01_first.py"], root) != before) is counts


def test_the_home_of_the_repository_counts_for_nothing(root):
    cell = 'if COLAB:\n    source = "semlib @ git+https://github.com/OWNER/semlib@v0.1.0"\n    LIMIT = 7\n'
    path = root / "notebooks" / "01_first.py"
    path.write_text(path.read_text() + cell)
    before = code_hash_of(["notebooks/01_first.py"], root)
    change(root, "notebooks/01_first.py", "OWNER/semlib@v0.1.0", "someone/wafers@v1.2.3")
    assert code_hash_of(["notebooks/01_first.py"], root) == before
    change(root, "notebooks/01_first.py", "LIMIT = 7", "LIMIT = 8")
    assert code_hash_of(["notebooks/01_first.py"], root) != before


def record(root, **provenance):
    (root / "results").mkdir(exist_ok=True)
    (root / "results" / "a.json").write_text(json.dumps({"provenance": provenance, "values": {}}))


def test_a_record_is_stale_once_its_code_changed_and_good_again_for_that_code_alone(root):
    entries = ["notebooks/01_first.py"]
    record(root, made_by=entries, made_by_code=code_hash_of(entries, root))
    assert stale(root, ["results/a.json"]) == {}
    change(root, "semlib/wafer/steps.py", "LIMIT = 3", "LIMIT = 4")
    assert "older than the code" in stale(root, ["results/a.json"])["results/a.json"]
    still = {"results/a.json": {"code": code_hash_of(entries, root), "why": "the limit is never reached"}}
    (root / "results" / "still_good.json").write_text(json.dumps(still))
    assert stale(root, ["results/a.json"]) == {}
    change(root, "semlib/wafer/steps.py", "LIMIT = 4", "LIMIT = 5")
    assert list(stale(root, ["results/a.json"])) == ["results/a.json"]


def test_a_record_without_a_maker_is_stale(root):
    record(root, commit="abc")
    assert "does not say which code" in stale(root, ["results/a.json"])["results/a.json"]
    record(root, made_by=["notebooks/99_gone.py"], made_by_code="0")
    assert "99_gone.py, which is not there" in stale(root, ["results/a.json"])["results/a.json"]
