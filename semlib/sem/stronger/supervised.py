"""An upper bound that sees the labels: what the paper's encoder can learn where it is told the classes.

Not in paper 1, and no rival of the methods without labels: it shows how far they could get. It is kept apart
from them, and honest only on images that it was not trained on (:func:`cross_fitted`).
"""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import ArrayLike
from torch import Tensor, nn

from semlib import runtime
from semlib.sem._checks import check_pixels
from semlib.sem._run import autocast, initial
from semlib.sem.evaluate import check_labels
from semlib.sem.stronger._loop import check_config, seeded, train_epochs
from semlib.sem.stronger.augment import Augment, augmented
from semlib.sem.stronger.probe import ProbeFolds
from semlib.sem.train import TrainConfig, Training, embed
from semlib.sem.views import Views


def fit_supervised(
    images: np.ndarray,
    labels: ArrayLike,
    config: TrainConfig | None = None,
    *,
    rows: ArrayLike | None = None,
    augment: Augment | None = None,
    progress: bool = True,
) -> Training:
    """Train the encoder and a linear classifier behind it on labels: an upper bound, not a rival.

    Encoder, initial weights, Adam, epochs and batches are those of :func:`semlib.sem.train.fit`; a step sees
    one random view of each image. The loss is the cross-entropy, weighted so that each class counts the same,
    since class sizes differ by up to 1,000. The classifier is thrown away.

    Parameters
    ----------
    images : ndarray, (N, S, S)
        As in :func:`semlib.sem.train.fit`.
    labels : array_like, (N,)
        Only those of ``rows`` are looked at.
    config, augment, progress
        As in :func:`semlib.sem.stronger.self_supervised.fit_stronger`.
    rows : array_like of int, optional
        The images to train on; by default all.

    Returns
    -------
    Training
        Its embeddings of the training images know their labels: score it on other images only.

    Raises
    ------
    TypeError, ValueError
        Bad images, labels or options; fewer images than one batch; only one class.
    FloatingPointError
        If the loss stops being finite.
    """
    config, augment = config or TrainConfig(), augment or Augment()
    check_pixels(images)
    labels = check_labels(labels, len(images))
    rows = np.arange(len(images)) if rows is None else np.asarray(rows)
    check_config(config, len(rows))
    classes, targets, counts = np.unique(labels[rows], return_inverse=True, return_counts=True)
    if len(classes) < 2:
        raise ValueError(f"labels holds one class only, {classes[0]}; a classifier needs at least 2")
    of_row = np.zeros(len(images), np.int64)
    of_row[rows] = targets
    device = runtime.device(config.device)
    encoder, _ = initial(config, device)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seeded(config.seed, 1))
        classifier = nn.Linear(config.dim, len(classes)).to(device)
    generator = torch.Generator(device).manual_seed(seeded(config.seed, 2))
    weights = torch.as_tensor(len(rows) / (len(classes) * counts), dtype=torch.float32, device=device)

    def loss_of(batch: Tensor, index: np.ndarray) -> tuple[dict[str, Tensor], Tensor]:
        with autocast(device, config.precision):
            z = encoder(augmented(batch, augment, generator))
        z, target = z.float(), torch.from_numpy(of_row[index]).to(device)
        return {"loss": F.cross_entropy(classifier(z), target, weights)}, z

    views = Views(images, 2, config.normalize, device)
    history = train_epochs(config, [encoder, classifier], loss_of, views, rows, progress=progress)
    return Training(encoder.cpu().eval(), history, config)


def cross_fitted(
    images: np.ndarray,
    labels: ArrayLike,
    folds: ProbeFolds,
    config: TrainConfig | None = None,
    *,
    augment: Augment | None = None,
    progress: bool = True,
) -> list[np.ndarray]:
    """Train once a fold, on its training part only, and embed all images with that network.

    The networks' embeddings live in different spaces: a probe, or a clustering, looks at one fold at a time
    (:func:`semlib.sem.stronger.probe.linear_probe` does, when it gets this list), and scores the test part.

    Returns
    -------
    list of ndarray, float32, (N, dim)
        One for each of ``folds.splits``.
    """
    config = config or TrainConfig()
    features = []
    for train, _ in folds.splits:
        training = fit_supervised(images, labels, config, rows=train, augment=augment, progress=progress)
        features.append(embed(training.encoder, images, normalize=config.normalize, device=config.device))
    return features
