"""What those who carry on are told is there: files, targets, modules, hooks, and walls between the rooms."""

import ast
import importlib.util
import os
import re
import subprocess
import tomllib
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[1]
TOLD = ("CONTRIBUTING.md", "README.md", "book/architecture.md")


def text(name):
    return (ROOT / name).read_text(encoding="utf8")


def exists(module):
    try:
        return importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:
        return False


@pytest.mark.parametrize("page", TOLD)
def test_every_make_target_that_is_told_exists(page):
    targets = set(re.findall(r"^([a-z][\w-]*):", text("Makefile"), flags=re.M))
    commands = re.findall(r"`make ([^`]+)`|^make (.+)$", text(page), flags=re.M)
    told = [word for pair in commands for word in "".join(pair).split("#")[0].split() if "=" not in word]
    assert told
    assert [word for word in told if word not in targets] == []


@pytest.mark.parametrize("page", TOLD)
def test_every_path_that_is_told_exists(page):
    folders = "tools|book|semlib|notebooks|benchmarks|results|tests|\\.github"
    told = re.findall(rf"(?<![\w/])((?:{folders})/[\w./-]*)", text(page))
    made = {"results/NAME.json", "notebooks/NN_name.py"}
    assert [
        name for name in told if name.rstrip(".") not in made and not (ROOT / name.rstrip(".")).exists()
    ] == []


def test_every_module_of_the_architecture_exists():
    lines = [line for line in text("book/architecture.md").splitlines() if line.startswith("| `semlib.")]
    assert len(lines) == 6
    for line in lines:
        rooms, inside = (re.findall(r"`([\w.]+)`", cell) for cell in line.split("|")[1:3])
        assert [room for room in rooms if not exists(room)] == []
        assert [name for name in inside if not exists(f"{rooms[0]}.{name}")] == []


def test_the_drawing_names_modules_that_exist_and_loads_nothing():
    drawing = ET.fromstring(text("book/images/architecture.svg"))
    assert "http" not in text("book/images/architecture.svg").replace("http://www.w3.org/2000/svg", "")
    name = "{http://www.w3.org/2000/svg}"
    for lane, package in (("s", "semlib.sem"), ("w", "semlib.wafer")):
        boxes = [g for g in drawing.iter(f"{name}g") if g.get("class") == lane and len(g) > 1]
        words = [word for g in boxes for t in g.iter(f"{name}text") for word in t.text.split(", ")]
        assert len(words) > 5
        assert [word for word in words if not exists(f"{package}.{word}")] == []


@pytest.mark.parametrize(("room", "other"), [("sem", "wafer"), ("wafer", "sem")])
def test_the_two_papers_rooms_never_import_each_other(room, other):
    files = sorted((ROOT / "semlib" / room).rglob("*.py"))
    assert len(files) > 20
    for file in files:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert not [name for name in names if name.startswith(f"semlib.{other}")], file


def test_pre_commit_runs_the_pinned_ruff_and_tools_that_exist():
    repos = yaml.safe_load(text(".pre-commit-config.yaml"))["repos"]
    ruff, local = repos
    assert ruff["repo"] == "https://github.com/astral-sh/ruff-pre-commit"
    assert f"ruff=={ruff['rev'].removeprefix('v')}" in text("constraints.txt").split()
    assert local["repo"] == "local"
    for hook in local["hooks"]:
        assert (ROOT / hook["entry"].split()[1]).exists()
        assert re.compile(hook["files"])


def test_binder_finds_the_pins_and_a_python_that_will_do():
    lines = [line for line in text(".binder/requirements.txt").splitlines() if not line.startswith("#")]
    assert lines == ["-c ../constraints.txt", "-e ."]  # no package index is named
    assert (ROOT / ".binder" / "../constraints.txt").exists()
    least = tomllib.loads(text("pyproject.toml"))["project"]["requires-python"].removeprefix(">=")
    python = text(".binder/runtime.txt").strip().removeprefix("python-")
    assert [int(part) for part in python.split(".")] >= [int(part) for part in least.split(".")]


def test_the_weekly_run_tries_links_and_publishes_nothing():
    flow = yaml.safe_load(text(".github/workflows/book.yml"))
    assert flow[True]["schedule"] == [{"cron": "17 4 * * 1"}]  # YAML 1.1 reads "on" as true
    jobs = flow["jobs"]
    assert "event_name != 'schedule'" in jobs["test"]["if"]
    assert "event_name != 'schedule'" in jobs["publish"]["if"]
    for name in ("links", "colab"):
        assert "event_name == 'schedule'" in jobs[name]["if"]
    assert jobs["colab"]["steps"][-1] == {"run": "make colab"}
    assert jobs["colab"]["steps"][1]["with"]["python-version"] == "3.13"
    assert flow["permissions"] == {"contents": "read"}


def dry(*words):
    env = {k: v for k, v in os.environ.items() if not k.startswith("MAKE")}  # `make test` may have called us
    command = ["make", "-n", "BIN=bin", *words]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, env=env)
    return done.stdout.splitlines()


def test_make_repo_hands_its_words_on():
    assert dry("repo", "NAME=me/wafers") == ["bin/python tools/set_repo.py me/wafers  "]
    everything = dry("repo", "NAME=me/wafers", "BOOK=https://b.org/", "TAG=v1.2.0")
    assert everything == ["bin/python tools/set_repo.py me/wafers --book https://b.org/ --tag v1.2.0"]


def test_make_release_checks_then_renders_anew_then_packs():
    lines = "\n".join(dry("release"))
    steps = [
        "release.py check",
        "rm -rf _build/html",
        "jupyter-book build",
        "check_book.py",
        "release.py pack",
    ]
    assert [lines.index(step) for step in steps] == sorted(lines.index(step) for step in steps)
