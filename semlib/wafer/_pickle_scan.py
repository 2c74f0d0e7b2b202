"""The first run over a pickle: from instruction to instruction, building nothing."""

from __future__ import annotations

import mmap
import pickletools
import re
import struct
from collections.abc import Callable

from semlib.wafer._pickle_values import RefusedError

MAX_REMEMBERED = 1_000_000

#: The instructions that are known, with the bytes of their argument.
_FIXED = {
    "PROTO": 1, "FRAME": 8, "STOP": 0, "MARK": 0, "NONE": 0, "NEWTRUE": 0, "NEWFALSE": 0, "BININT": 4,
    "BININT1": 1, "BININT2": 2, "BINFLOAT": 8, "EMPTY_TUPLE": 0, "TUPLE": 0, "TUPLE1": 0, "TUPLE2": 0,
    "TUPLE3": 0, "EMPTY_LIST": 0, "APPEND": 0, "APPENDS": 0, "EMPTY_DICT": 0, "SETITEM": 0, "SETITEMS": 0,
    "BINPUT": 1, "LONG_BINPUT": 4, "MEMOIZE": 0, "BINGET": 1, "LONG_BINGET": 4, "REDUCE": 0, "NEWOBJ": 0,
    "BUILD": 0, "STACK_GLOBAL": 0,
}  # fmt: skip
#: Those whose argument begins with its own length, in so many bytes.
_PREFIXED = {
    "LONG1": 1, "SHORT_BINSTRING": 1, "BINSTRING": 4, "SHORT_BINBYTES": 1, "BINBYTES": 4, "BINBYTES8": 8,
    "SHORT_BINUNICODE": 1, "BINUNICODE": 4,
}  # fmt: skip
KNOWN = {*_FIXED, *_PREFIXED, "GLOBAL"}
#: Instructions by their byte.
NAMES = {op.code.encode("latin1")[0]: op.name for op in pickletools.opcodes}
_CODES = {name: code for code, name in NAMES.items()}
GLOBAL = re.compile(rb"([\x21-\x7e]{1,100})\n([\x21-\x7e]{1,100})\n")
UINT = struct.Struct("<I")


def scan(data: mmap.mmap | bytes, tick: Callable[[int], None]) -> set[int]:
    """Step over all instructions and return the numbers of the values that are asked for again.

    Raises
    ------
    RefusedError
        If an instruction is not known, the file is cut, or something follows its end.
    """
    fixed = [_FIXED.get(NAMES.get(code), -1) for code in range(256)]
    prefix = [_PREFIXED.get(NAMES.get(code), 0) for code in range(256)]
    get, long_get, long, named, stop, appends = (
        _CODES[name] for name in ("BINGET", "LONG_BINGET", "LONG1", "GLOBAL", "STOP", "APPENDS")
    )
    fixed[get] = fixed[long_get] = fixed[stop] = -1  # they need a look
    if data[:1] != b"\x80" or data[1:2] not in (b"\2", b"\3", b"\4"):
        raise RefusedError("it is no pickle of protocol 2, 3 or 4")
    wanted: set[int] = set()
    pos = 0
    try:
        while True:
            op = data[pos]
            n = fixed[op]
            if n >= 0:
                if op == appends:
                    tick(pos)
                pos += 1 + n
            elif prefix[op]:
                start = pos + 1 + prefix[op]
                n = int.from_bytes(data[pos + 1 : start], "little")
                if op == long and n > 8:
                    raise RefusedError(f"a number of {n} bytes, at byte {pos:,}")
                pos = start + n
            elif op == get:
                wanted.add(data[pos + 1])
                pos += 2
            elif op == long_get:
                wanted.add(UINT.unpack_from(data, pos + 1)[0])
                if len(wanted) > MAX_REMEMBERED:
                    raise RefusedError(f"more than {MAX_REMEMBERED:,} values are asked for again")
                pos += 5
            elif op == named:
                name = data[pos + 1 : pos + 203]
                match = GLOBAL.match(name)
                if match is None and name.count(b"\n") < 2 and pos + 203 > len(data):
                    raise IndexError
                if match is None:
                    raise RefusedError(f"a name that is no plain text, at byte {pos:,}")
                pos += 1 + match.end()
            elif op == stop:
                break
            else:
                what = (
                    f"the instruction {NAMES[op]}" if op in NAMES else f"{op:#04x}, which is no instruction,"
                )
                raise RefusedError(f"{what} at byte {pos:,}; no table of numbers and text needs it")
    except (IndexError, struct.error):
        raise RefusedError(f"it ends in the middle, after {len(data):,} bytes") from None
    if pos + 1 != len(data):
        raise RefusedError(f"{len(data) - pos - 1:,} bytes after its end")
    return wanted
