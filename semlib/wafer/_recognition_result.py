"""What the classifiers of the study of recognition said, and the tables that are made of it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from semlib.wafer._recognition_data import RAW
from semlib.wafer.recognition_scores import (
    Interval,
    class_f1,
    interval,
    macro_f1,
    pattern_scores,
    resampled_f1,
    verdict,
)


@dataclass(frozen=True, eq=False)
class Recognition:
    """What was recognised.

    Attributes
    ----------
    truth : ndarray of int64 (T,)
        The class of each test map.
    test : ndarray of int64 (T,)
        Where the test maps are among the maps.
    classes : list of tuple of str
        The patterns of each class.
    predicted : dict of (str, str, int) to ndarray of int64 (T,)
        By filter, model and seed.
    pattern_names : tuple of str
    """

    truth: np.ndarray
    test: np.ndarray
    classes: list[tuple[str, ...]]
    predicted: dict[tuple[str, str, int], np.ndarray] = field(repr=False)
    pattern_names: tuple[str, ...] = ()

    @property
    def filters(self) -> list[str]:
        """Names of the filters."""
        return list(dict.fromkeys(name for name, _, _ in self.predicted))

    @property
    def models(self) -> list[str]:
        """Names of the classifiers."""
        return list(dict.fromkeys(model for _, model, _ in self.predicted))

    def runs(self, name: str, model: str) -> np.ndarray:
        """Return the predictions of a filter and a model: int64 (seeds, T)."""
        return np.stack([found for key, found in self.predicted.items() if key[:2] == (name, model)])

    def scores(self, *, resamples: int = 1000, seed: int = 0) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Score every run, and set every filter beside raw maps.

        Parameters
        ----------
        resamples, seed : int
            Of the test maps, see `semlib.wafer.recognition_scores.resampled_f1`.

        Returns
        -------
        runs : DataFrame
            A row a run: ``model``, ``filter``, ``seed``, the macro F1 ``f1``, and ``low``, ``high``, its 95 %
            interval over test maps (percentiles).
        filters : DataFrame
            Indexed by ``model`` and ``filter``. ``f1``, ``low``, ``high``: the mean with its 95 % interval
            over seeds and test maps; ``gain``, ``gain_low``, ``gain_high``: less that of raw maps, paired by
            seed and test map, with an interval at 1 − 0.05 / (number of filters), so that all gains of a
            model lie in theirs with 95 %; ``verdict``. NaN and "" for raw maps. Ends are kept within the
            score's range.
        """
        whole, drawn = {}, {}
        for model in self.models:
            part = {key: found for key, found in self.predicted.items() if key[1] == model}
            found = resampled_f1(
                self.truth, np.stack(list(part.values())), len(self.classes), resamples=resamples, seed=seed
            )
            drawn |= dict(zip(part, found, strict=True))
            whole |= {key: macro_f1(self.truth, found, len(self.classes)) for key, found in part.items()}
        runs = pd.DataFrame(
            [
                (model, name, s, whole[name, model, s], *np.quantile(drawn[name, model, s], [0.025, 0.975]))
                for name, model, s in whole
            ],
            columns=["model", "filter", "seed", "f1", "low", "high"],
        )
        seeds = sorted({key[2] for key in whole})
        rows = {}
        for model in self.models:
            for name in self.filters:
                own = np.array([whole[name, model, s] for s in seeds])
                own_drawn = np.mean([drawn[name, model, s] for s in seeds], axis=0)
                row = dict(zip(("f1", "low", "high"), _within(interval(own, own_drawn), 0), strict=True))
                row |= {"gain": np.nan, "gain_low": np.nan, "gain_high": np.nan, "verdict": ""}
                if name != RAW and RAW in self.filters:
                    gain = interval(
                        own - [whole[RAW, model, s] for s in seeds],
                        own_drawn - np.mean([drawn[RAW, model, s] for s in seeds], axis=0),
                        confidence=1 - 0.05 / (len(self.filters) - 1),
                    )
                    row |= dict(zip(("gain", "gain_low", "gain_high"), _within(gain, -1), strict=True))
                    row["verdict"] = verdict(gain)
                rows[model, name] = row
        return runs, pd.DataFrame.from_dict(rows, orient="index").rename_axis(["model", "filter"])

    def by_class(self, model: str = "network") -> pd.DataFrame:
        """Return the F1 of each class, the seeds' mean: a row a filter, a column a class."""
        return pd.DataFrame(
            {
                name: np.mean([class_f1(self.truth, r, len(self.classes)) for r in self.runs(name, model)], 0)
                for name in self.filters
            },
            index=[" + ".join(names) or "none" for names in self.classes],
        ).T

    def by_count(self, model: str = "network") -> pd.DataFrame:
        """Return the mean F1 of the classes with 0, 1, 2, … patterns: a row a filter."""
        counts = np.array([len(names) for names in self.classes])
        found = self.by_class(model).to_numpy()
        return pd.DataFrame({int(k): found[:, counts == k].mean(1) for k in np.unique(counts)}, self.filters)

    def by_pattern(self, model: str = "network") -> dict[str, pd.DataFrame]:
        """Return "f1", "precision" and "recall" of each single pattern, whatever it is combined with.

        Tables of the seeds' means, a row a filter, a column a pattern.
        """
        holds = np.array([[name in names for name in self.pattern_names] for names in self.classes])
        found = {
            name: np.mean([pattern_scores(self.truth, run, holds) for run in self.runs(name, model)], axis=0)
            for name in self.filters
        }
        return {
            score: pd.DataFrame({n: table[i] for n, table in found.items()}, list(self.pattern_names)).T
            for i, score in enumerate(("f1", "precision", "recall"))
        }

    def at(self, where: np.ndarray) -> Recognition:
        """Return the same of some of the test maps: a boolean mask (T,)."""
        some = {key: found[where] for key, found in self.predicted.items()}
        return replace(self, truth=self.truth[where], test=self.test[where], predicted=some)

    def disagreements(self, name: str, model: str = "network") -> tuple[np.ndarray, np.ndarray]:
        """Return where every seed is right on raw maps and wrong on filtered ones, and the reverse.

        Returns
        -------
        lost, won : ndarray of int64
            Places in ``test``.
        """
        raw, own = (self.runs(which, model) == self.truth for which in (RAW, name))
        return np.flatnonzero(raw.all(0) & ~own.any(0)), np.flatnonzero(~raw.any(0) & own.all(0))


def _within(found: Interval, least: float) -> Interval:
    return Interval(found.mean, max(found.low, least), min(found.high, 1.0))
