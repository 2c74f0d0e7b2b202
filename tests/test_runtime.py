import sys
from dataclasses import dataclass

import numpy as np
import pytest
import torch

from semlib import runtime


@pytest.fixture(autouse=True)
def _own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("SEMLIB_CACHE", str(tmp_path / "cache"))


@dataclass(frozen=True)
class Config:
    lr: float = 0.1


def call(counter, key, package="semlib.wafer"):
    def make():
        counter.append(1)
        return {"x": np.arange(3)}

    return runtime.cached("step", make, package=package, key=key)


def test_second_call_reads_the_disk():
    counter = []
    first, second = call(counter, {"a": 1}), call(counter, {"a": 1})
    assert counter == [1]
    assert np.array_equal(first["x"], second["x"])


@pytest.mark.parametrize("key", [{"a": 2}, {"b": 1}, {"a": "1"}, {"a": Config(0.2)}, {}])
def test_another_key_is_another_result(key):
    counter = []
    call(counter, {"a": 1})
    call(counter, {"a": Config()})
    call(counter, key)
    assert len(counter) == 3


def test_changed_code_is_another_result(monkeypatch):
    counter = []
    call(counter, {"a": 1})
    monkeypatch.setattr(runtime, "code_hash", lambda package: "other")
    call(counter, {"a": 1})
    assert len(counter) == 2


def test_other_library_versions_are_another_result(monkeypatch):
    counter = []
    call(counter, {"a": 1})
    monkeypatch.setattr(runtime, "library_versions", lambda: {"numpy": "0"})
    call(counter, {"a": 1})
    assert len(counter) == 2


def test_a_failure_leaves_nothing_behind():
    def fail():
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        runtime.cached("step", fail, package="semlib.wafer", key={})
    assert [p.suffix for p in runtime.cache_dir().iterdir()] == [".lock"]
    assert runtime.cached("step", lambda: {"x": np.ones(1)}, package="semlib.wafer", key={})["x"] == 1


def test_a_key_that_has_no_one_way_to_be_written_is_refused():
    with pytest.raises(TypeError, match="key holds a ndarray"):
        call([], {"a": np.zeros(2)})


def test_code_hash_sees_every_file_of_a_package(tmp_path, monkeypatch):
    package = tmp_path / "toy_package"
    (package / "inner").mkdir(parents=True)
    for path in (package / "__init__.py", package / "inner" / "__init__.py"):
        path.write_text("")
    monkeypatch.syspath_prepend(tmp_path)
    before = runtime.code_hash("toy_package")
    (package / "inner" / "__init__.py").write_text("x = 1")
    assert runtime.code_hash("toy_package") != before
    with pytest.raises(ValueError, match="no_such"):
        runtime.code_hash("no_such")


def test_fingerprint_sees_values_shape_and_dtype():
    x = np.arange(6, dtype=np.uint8)
    prints = {runtime.fingerprint(a) for a in (x, x[::-1], x.reshape(2, 3), x.astype(np.int8), x[:5])}
    assert len(prints) == 5
    assert runtime.fingerprint(x) == runtime.fingerprint(x.copy())


def test_progress_bar(capsys, monkeypatch):
    monkeypatch.delenv("TQDM_DISABLE", raising=False)
    assert list(runtime.progress_bar(range(3), desc="three")) == [0, 1, 2]
    assert "three: 100%" in capsys.readouterr().err
    assert list(runtime.progress_bar(range(3), progress=False)) == [0, 1, 2]
    monkeypatch.setenv("TQDM_DISABLE", "1")
    assert list(runtime.progress_bar(range(3))) == [0, 1, 2]
    assert capsys.readouterr().err == ""


@pytest.fixture
def a_gpu(monkeypatch):
    """Make PyTorch say that there are two GPUs."""
    names = {"cuda": "Tesla T4", "cuda:1": "NVIDIA L4"}
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "get_device_name", names.__getitem__)


@pytest.fixture
def no_gpu(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)


@pytest.fixture(autouse=True)
def _a_new_process():
    runtime._say_once.cache_clear()
    yield
    runtime._say_once.cache_clear()


@pytest.mark.usefixtures("a_gpu")
def test_a_gpu_is_taken_and_named_once(capsys):
    assert [runtime.device() for _ in range(3)] == ["cuda"] * 3
    assert capsys.readouterr().out == "Runs on the GPU Tesla T4\n"
    assert runtime.device("cuda:1") == "cuda:1"
    assert capsys.readouterr().out == "Runs on the GPU NVIDIA L4\n"


@pytest.mark.usefixtures("a_gpu")
def test_the_cpu_by_name_is_the_cpu_beside_a_gpu(capsys):
    assert runtime.device("cpu") == "cpu"
    assert capsys.readouterr().out == ""


@pytest.mark.usefixtures("no_gpu")
def test_without_a_gpu_only_colab_is_told_how_to_get_one(capsys, monkeypatch):
    assert [runtime.device(), runtime.device("cpu")] == ["cpu"] * 2
    assert capsys.readouterr().out == ""  # else the stored outputs would change
    monkeypatch.setitem(sys.modules, "google.colab", object())
    assert runtime.device("cpu") == "cpu"
    assert capsys.readouterr().out == ""  # it was asked for
    assert [runtime.device() for _ in range(2)] == ["cpu"] * 2
    out = capsys.readouterr().out
    assert out.startswith("Runs on the CPU. For a GPU: ")
    assert out.count("\n") == 1
