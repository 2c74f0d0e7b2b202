"""A body that comes in pieces, and a fetch that leaves nothing but the file: for several tests."""

import random

from loopback import cut

from semlib._download.transport import CHUNK
from semlib.download import fetch

BODY = random.Random(1).randbytes(300_000)
PIECE = 2 * CHUNK  # 131,072 bytes; a piece that has not come whole is lost
HALF = cut(PIECE)


def get(publish, key="carinthia") -> bytes:
    """Fetch; nothing but the file, the locks and the notes on verified files is left."""
    path = fetch(key)
    assert not [p.name for p in path.parent.iterdir() if ".part" in p.name]
    return path.read_bytes()
