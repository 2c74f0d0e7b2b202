"""Does filtering help to recognise patterns? The same classifiers on raw maps and on filtered ones.

Paper 2 filters maps so that their patterns are recognised better; it does not test it. Here two classifiers
name the combination of patterns on a map: a small convolutional network, and a random forest on densities by
radius and angle. They are trained and tested on maps of one filter, and compared with themselves on raw maps:
the same maps in the same parts, the same seeds, the same configuration. Parts share no map, nor a turned or
mirrored copy of one (`semlib.split`). Intervals and verdicts: `semlib.wafer.recognition_scores`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from semlib.runtime import cached, fingerprint, progress_bar
from semlib.wafer._recognition_data import (
    FILTERS,
    Parts,
    add_noise,
    balanced_twin,
    filter_maps,
    pattern_classes,
    split_parts,
    turned_groups,
    twin_combinations,
)
from semlib.wafer._recognition_forest import fit_forest, polar_features
from semlib.wafer._recognition_net import NetConfig, fit_net
from semlib.wafer._recognition_record import Summary, from_record, to_record
from semlib.wafer._recognition_result import Recognition
from semlib.wafer._wafer_maps import WaferMaps

__all__ = [
    "FILTERS",
    "MODELS",
    "NetConfig",
    "Recognition",
    "Setting",
    "Summary",
    "balanced_twin",
    "filter_maps",
    "from_record",
    "recognise",
    "split_parts",
    "to_record",
    "turned_groups",
    "twin_combinations",
]

#: The classifiers by name.
MODELS = ("network", "forest")


@dataclass(frozen=True)
class Setting:
    """On what the classifiers are trained and tested.

    Parameters
    ----------
    train, validation, test : int
        Maps of each class, at most.
    noise : float, default 0
        Share of the good dies that are made defective in all maps, before the filter.
    epochs : int, optional
        In place of the configuration's: with fewer maps an epoch has fewer steps.
    """

    train: int
    validation: int
    test: int
    noise: float = 0.0
    epochs: int | None = None


def recognise(
    maps: WaferMaps,
    setting: Setting,
    *,
    filters: Sequence[str] = tuple(FILTERS),
    models: Sequence[str] = MODELS,
    seeds: Sequence[int] = (0, 1, 2),
    config: NetConfig | None = None,
    trees: int = 100,
    n_jobs: int = 1,
    progress: bool = True,
) -> Recognition:
    """Train every model on every filter's maps with every seed, and test it on the same filter's maps.

    A seed draws the training and validation maps, the first weights and the order of the maps. Test maps are
    the same throughout. What a filter changes is the only difference between two runs of one seed.

    Parameters
    ----------
    maps : WaferMaps
        Labelled, all of one shape.
    setting : Setting
    filters : sequence of str
        Names of :data:`FILTERS`, "raw" among them.
    models : sequence of str
        Of :data:`MODELS`.
    seeds : sequence of int
        At least 2, for intervals.
    config : NetConfig, optional
    trees : int, default 100
        Of the forest.
    n_jobs : int, default 1
        Processes that filter.
    progress : bool, default True

    Returns
    -------
    Recognition
        Each run is kept on disk (`semlib.runtime.cached`).

    Raises
    ------
    ValueError
        If maps differ in shape or have no labels, a name is unknown, or a class is too rare.
    """
    config = config or NetConfig()
    if unknown := [name for name in models if name not in MODELS]:
        raise ValueError(f"models names {unknown[0]!r}; choose from {', '.join(MODELS)}")
    if unknown := [name for name in filters if name not in FILTERS]:
        raise ValueError(f"filters names {unknown[0]!r}; choose from {', '.join(FILTERS)}")
    shapes = {np.shape(wafer_map) for wafer_map in maps}
    if len(shapes) != 1:
        raise ValueError(f"maps have {len(shapes)} shapes; a network needs one: pass maps of one size")
    stack = np.stack(list(maps))
    classes, names = pattern_classes(maps)
    config = replace(config, epochs=setting.epochs or config.epochs)
    groups = turned_groups(stack)
    sizes = (setting.train, setting.validation, setting.test)
    parts = {seed: split_parts(groups, classes, sizes, seed=seed) for seed in seeds}
    stack = add_noise(stack, setting.noise, seed=0)
    used = np.unique(np.concatenate([np.concatenate(list(vars(part).values())) for part in parts.values()]))
    inputs, predicted = fingerprint(stack, classes), {}
    runs = [(name, model, seed) for name in filters for model in models for seed in seeds]
    ready: dict[str, np.ndarray] = {}

    def filtered(name: str) -> np.ndarray:
        if name not in ready:
            ready.clear()  # one filter's maps at a time
            ready[name] = np.zeros_like(stack)
            ready[name][used] = filter_maps(stack[used], name, n_jobs=n_jobs)
        return ready[name]

    for name, model, seed in progress_bar(runs, desc="recognition", unit="run", progress=progress):
        key = {"maps": inputs, "setting": setting, "filter": name, "model": model, "seed": seed}
        key |= {"config": config} if model == "network" else {"trees": trees}
        found = cached(
            "recognition",
            lambda name=name, model=model, seed=seed: {
                "predicted": _run(
                    filtered(name), classes, len(names), parts[seed], model, seed, config, trees
                )
            },
            package="semlib.wafer",
            key=key,
        )
        predicted[name, model, seed] = found["predicted"]
    test = parts[seeds[0]].test
    return Recognition(classes[test], test, names, predicted, tuple(maps.pattern_names))


def _run(
    maps: np.ndarray,
    classes: np.ndarray,
    n_classes: int,
    parts: Parts,
    model: str,
    seed: int,
    config: NetConfig,
    trees: int = 100,
) -> np.ndarray:
    """Train one model and return its classes of the test maps, whose labels it does not get."""
    train, test = parts.train, parts.test
    if model == "forest":
        forest = fit_forest(maps[train], classes[train], seed=seed, trees=trees)
        return forest.predict(polar_features(maps[test]))
    fitted = fit_net(
        maps[train],
        classes[train],
        maps[parts.validation],
        classes[parts.validation],
        n_classes=n_classes,
        config=config,
        seed=seed,
    )
    return fitted.predict(maps[test])
