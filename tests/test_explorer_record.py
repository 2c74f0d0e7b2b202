"""The explorer's record is refused where its features are not those of the recorded scores."""

import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tools"))
import explorer_record


def test_check_names_the_method_that_does_not_fit():
    arrays = {f"silhouette {m}": np.full(4, 0.5, np.float16) for m in explorer_record.PICTURED}
    scores = {m: {"silhouette": 0.5} for m in explorer_record.PICTURED}
    explorer_record.check(arrays, scores)
    scores["LBP"]["silhouette"] = 0.51
    with pytest.raises(SystemExit, match=r"LBP: mean silhouette 0.5000, but recorded 0.5100: another run"):
        explorer_record.check(arrays, scores)


def test_numbers_are_nearest_images_and_silhouettes():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(9, 3))
    features = {m: [x] for m in explorer_record.PICTURED}
    features |= {"Mean grey (1 number)": [x[:, :1]], "Shading (2 numbers)": [x[:, 1:]]}
    clusters = {f"clusters {m}": np.array([0, 1, 2] * 3, np.uint8) for m in explorer_record.PICTURED}
    arrays = explorer_record.numbers(features, clusters)
    d = np.linalg.norm(x[:, None] - x, axis=-1)
    assert (arrays["near LBP"] == np.argsort(d, axis=1)[:, 1:7]).all()
    assert np.allclose(arrays["distance LBP"], np.sort(d, axis=1)[:, 1:7], atol=0.01)
    assert np.allclose(arrays["shading, down"], x[:, 2], atol=0.01)
    assert arrays["silhouette GLCM"].shape == (9,)
