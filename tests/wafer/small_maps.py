"""For all tests of maps: maps written as text, and the 8 rotations and reflections."""

import numpy as np

#: The symmetries of the square, by name.
TURNS = {
    f"{turn * 90} degrees{', mirrored' if mirror else ''}": lambda m, turn=turn, mirror=mirror: np.rot90(
        m[:, ::-1] if mirror else m, turn
    )
    for turn in range(4)
    for mirror in (False, True)
}


def draw(*rows):
    """Make a map of text: space no die, . good, # defective."""
    return np.array([[" .#".index(sign) for sign in row] for row in rows], np.uint8)
