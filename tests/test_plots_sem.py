"""The figures of paper 1 are drawn for odd inputs too, say which data made them, and show once."""

import numpy as np
import pandas as pd
import pytest
from figures_checked import check_figure

from semlib.plots import sem_features, sem_images

RNG = np.random.default_rng(0)
IMAGES = RNG.random((12, 16, 16))
LABELS = np.array([1] * 6 + [3] * 5 + [6])
FEATURES = {"a": RNG.normal(size=(12, 4)), "b": RNG.normal(size=(12, 9))}
FIGURES = {
    "gallery": lambda: sem_images.class_gallery(IMAGES, LABELS, {1: "scratch"}, source="S"),
    "gallery, one class": lambda: sem_images.class_gallery(IMAGES, LABELS * 0, {}, source="S"),
    "counts": lambda: sem_images.class_counts({1: 3, 2: 10}, {}, source="S"),
    "steps": lambda: sem_images.preprocessing_steps(*IMAGES[:3], border=1, source="S"),
    "modes": lambda: sem_images.normalization_modes({"none": IMAGES[:1], "zscore": IMAGES[:1]}, source="S"),
    "pyramid": lambda: sem_images.pyramid_levels([IMAGES[0], IMAGES[0, ::2, ::2]], zoom=8, source="S"),
    "spectra": lambda: sem_images.power_spectra({"L0": IMAGES, "L1": IMAGES[:, ::2, ::2]}, source="S"),
    "row": lambda: sem_images.image_row({"a": IMAGES[0], "b": IMAGES[1]}, source="S"),
    "curve": lambda: sem_features.training_curve(
        {"x": pd.DataFrame({"epoch": [1, 2], "loss": [1.0, 0.5]})}, source="S"
    ),
    "matrices": lambda: sem_features.embedding_matrices(FEATURES, LABELS, source="S"),
    "matrices, no labels": lambda: sem_features.embedding_matrices({"a": FEATURES["a"]}, None, source="S"),
    "projections": lambda: sem_features.projections(
        {"u": FEATURES["a"][:, :2]}, LABELS, source="S", columns=3
    ),
    "projections, no labels": lambda: sem_features.projections(
        dict.fromkeys("uvw", FEATURES["a"][:, :2]), None, source="S", columns=2
    ),
    "projections with notes": lambda: sem_features.projections(
        {"u": FEATURES["a"], "v": FEATURES["a"]}, LABELS, source="S", notes={"u": "trust 1.00"}
    ),
    "projections by value": lambda: sem_features.projections_by_value(
        {"u": FEATURES["a"], "v": FEATURES["b"]}, np.arange(12), label="grey", source="S"
    ),
    "strips": lambda: sem_features.feature_strips(
        FEATURES, {"a": ("x", "y"), "b": ("u", "v")}, LABELS, source="S"
    ),
}


@pytest.mark.parametrize("make", FIGURES.values(), ids=FIGURES)
def test_figure(make):
    check_figure(make())


def test_projections_say_how_far_to_trust_them_and_how_large_classes_are():
    figure = FIGURES["projections with notes"]()
    assert [ax.get_xlabel() for ax in figure.axes] == ["trust 1.00", ""]
    assert [t.get_text() for t in figure.legends[0].get_texts()] == ["1 (6)", "3 (5)", "6 (1)"]


def test_gallery_shows_each_class_with_its_count():
    figure = sem_images.class_gallery(IMAGES, LABELS, {1: "scratch"}, source="S")
    labels = [ax.get_ylabel() for ax in figure.axes if ax.get_ylabel()]
    assert labels == ["1: scratch\nn = 6", "3: ?\nn = 5", "6: ?\nn = 1"]
