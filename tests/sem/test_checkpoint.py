"""A run that was interrupted ends with the same bits as one that was not."""

import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from semlib.sem import _run, checkpoint
from semlib.sem.train import TrainConfig, fit

CONFIG = TrainConfig(epochs=4, batch_size=8, dim=16, device="cpu")
PIXELS = np.random.default_rng(0).integers(0, 256, (24, 16, 16), np.uint8)

CHILD = """
import sys, time
import numpy as np, torch
from semlib.sem import checkpoint
from semlib.sem.train import TrainConfig, fit
torch.set_num_threads(1)
pixels = np.random.default_rng(0).integers(0, 256, (24, 16, 16), np.uint8)
save = checkpoint.save
def slow(path, *args, **kwargs):  # so that the parent can kill in the second epoch
    save(path, *args, **kwargs)
    print("saved", flush=True)
    time.sleep(0.2 if sys.argv[2] == "slow" else 0)
checkpoint.save = slow
training = fit(pixels, TrainConfig(epochs=4, batch_size=8, dim=16, device="cpu"), resume=sys.argv[1])
weights = torch.cat([p.detach().flatten() for p in training.encoder.parameters()]).numpy()
print(training.history.to_csv(index=False), weights.tobytes().hex())
"""


def weights(training):
    return torch.cat([p.detach().flatten() for p in training.encoder.state_dict().values()])


def stop_after(monkeypatch, epochs):
    """Let the next ``fit`` be interrupted at the beginning of an epoch."""
    whole = _run.Run.one_epoch

    def one_epoch(self, views):
        if self.epoch == epochs:
            raise KeyboardInterrupt
        return whole(self, views)

    monkeypatch.setattr(_run.Run, "one_epoch", one_epoch)


@pytest.mark.parametrize("epochs", [1, 3])
@pytest.mark.parametrize("change", [{}, {"head": False}, {"precision": "bf16", "levels": 2}, {"seed": 3}])
def test_interrupted_and_whole_runs_are_equal(tmp_path, monkeypatch, epochs, change):
    config = replace(CONFIG, **change)
    whole = fit(PIXELS, config, progress=False)
    with monkeypatch.context() as patch:
        stop_after(patch, epochs)
        with pytest.raises(KeyboardInterrupt):
            fit(PIXELS, config, resume=tmp_path / "run", progress=False)
    steps = []
    step = _run.Run._step
    monkeypatch.setattr(_run.Run, "_step", lambda self, batch: steps.append(1) or step(self, batch))
    resumed = fit(PIXELS, config, resume=tmp_path / "run", progress=False)
    assert len(steps) == 3 * (4 - epochs)  # what was done is not done again
    assert torch.equal(weights(whole), weights(resumed))
    assert whole.history.equals(resumed.history)
    assert [p.name for p in tmp_path.iterdir()] == ["run"]  # nothing half-written is left


def test_a_finished_run_is_not_trained_again(tmp_path, monkeypatch):
    first = fit(PIXELS, CONFIG, resume=tmp_path / "run", progress=False)
    monkeypatch.setattr(_run.Run, "_step", None)
    second = fit(PIXELS, CONFIG, resume=tmp_path / "run", progress=False)
    assert torch.equal(weights(first), weights(second))
    assert first.history.equals(second.history)


def test_killed_by_the_system(tmp_path):
    """SIGKILL after the second epoch, then the rest in a new process."""
    env = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(Path(__file__).resolve().parents[2])}

    def child(name, speed):
        arguments = [sys.executable, "-c", CHILD, str(tmp_path / name), speed]
        return subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True, env=env)

    killed = child("killed", "slow")
    assert [killed.stdout.readline() for _ in range(2)] == ["saved\n", "saved\n"]
    killed.send_signal(signal.SIGKILL)
    assert killed.wait(30) == -signal.SIGKILL
    resumed, whole = (child(name, "fast").communicate(timeout=60)[0] for name in ("killed", "whole"))
    assert resumed.count("saved") == 2
    assert whole.count("saved") == 4
    assert resumed.replace("saved\n", "") == whole.replace("saved\n", "")


@pytest.mark.parametrize("change", [{"seed": 1}, {"lr": 0.01}, {"precision": "bf16", "levels": 2}])
def test_other_settings_are_refused(tmp_path, change):
    fit(PIXELS, CONFIG, resume=tmp_path / "run", progress=False)
    with pytest.raises(ValueError, match="belongs to a run with other images, settings or code; pass anoth"):
        fit(PIXELS, replace(CONFIG, **change), resume=tmp_path / "run", progress=False)


def test_other_images_are_refused(tmp_path):
    fit(PIXELS, CONFIG, resume=tmp_path / "run", progress=False)
    with pytest.raises(ValueError, match="belongs to a run with other images"):
        fit(255 - PIXELS, CONFIG, resume=tmp_path / "run", progress=False)


@pytest.mark.parametrize("content", [b"", b"no checkpoint at all", b"\xff" * 64])
def test_a_file_that_is_no_checkpoint(tmp_path, content):
    (tmp_path / "run").write_bytes(content)
    with pytest.raises(ValueError, match=r"resume='.*run' is no checkpoint \(.*\); remove the file"):
        fit(PIXELS, CONFIG, resume=tmp_path / "run", progress=False)
    assert (tmp_path / "run").read_bytes() == content


def test_safetensors_of_somebody_else(tmp_path):
    save_file({"x": torch.zeros(2)}, tmp_path / "run")
    with pytest.raises(ValueError, match="is no checkpoint"):
        fit(PIXELS, CONFIG, resume=tmp_path / "run", progress=False)


def test_a_failed_write_leaves_the_last_checkpoint(tmp_path, monkeypatch):
    path = tmp_path / "deep" / "run"
    checkpoint.save(path, {"x": torch.arange(3)}, {"n": 1}, run="a")

    def full(tensors, file, metadata):
        Path(file).write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(checkpoint, "save_file", full)
    with pytest.raises(OSError, match="No space left"):
        checkpoint.save(path, {"x": torch.arange(4)}, {"n": 2}, run="a")
    stored = checkpoint.load(path, run="a")
    assert stored.tensors["x"].tolist() == [0, 1, 2]
    assert stored.facts == {"n": 1}
    assert [p.name for p in path.parent.iterdir()] == ["run"]
    assert checkpoint.load(tmp_path / "none", run="a") is None
