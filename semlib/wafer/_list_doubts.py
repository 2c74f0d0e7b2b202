"""What a die list may have meant otherwise than it was read."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from semlib.wafer._die_list import Listed, as_bin, as_list

_FEW = 4  # places along an axis that say nothing of a pitch


def doubts(
    listed: Listed, x: np.ndarray, y: np.ndarray, good_bins: Collection, no_die_bins: Collection
) -> list[str]:
    """Return a sentence for each: coordinates with a pitch, and 0 for a pass."""
    found = []
    for key, values in (("x", x), ("y", y)):
        places = np.unique(values)
        pitch = np.gcd.reduce(np.diff(places)) if len(places) > _FEW else 1
        if pitch > 1:
            found.append(
                f"all {key} lie {pitch} or a multiple of it apart, so the places between count as no die. "
                f"Where such dies touch each other, divide {key} by {pitch}"
            )
    bins = [as_bin(cell) for cell in listed.cells("bin")]
    zeros = np.mean([one == 0 for one in bins])
    if set(bins) == {0, 1} and zeros > 0.5 and as_list(good_bins) == [1] and not as_list(no_die_bins):
        found.append(
            f"bin 0, in {zeros:.0%} of the lines, counts as failed, and bin 1 as good. If 0 is a pass, pass "
            "good_bins=[0]"
        )
    return found
