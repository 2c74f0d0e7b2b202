"""The instructions of a pickle that build numbers, text, tuples, lists and mappings, within limits."""

from __future__ import annotations

import mmap
import struct
from collections.abc import Callable

from semlib.wafer._pickle_scan import UINT
from semlib.wafer._pickle_values import RefusedError, Span, of_type, text

SHORT = 256  # strings of more bytes stay in the file, as a `Span`
MAX_TEXT = 1_000  # bytes of one text
MAX_TEXTS = 1 << 28  # bytes of all texts
MAX_OBJECTS = 20_000_000  # WM-811K has about 6 million
MAX_ITEMS = 10_000_000  # in all lists; WM-811K has 3 million
MAX_ENTRIES = 1_000  # in a mapping
MAX_TUPLE = 16
MAX_DEPTH = 50
_INTEGER = frozenset({int})
_INT, _DOUBLE = struct.Struct("<i"), struct.Struct(">d")


class Stack:
    """The values so far. Each ``op_`` method takes the position behind its code and returns the next one."""

    def __init__(self, data: mmap.mmap | bytes, tick: Callable[[int], None]) -> None:
        self.data, self.tick = data, tick
        self.stack: list = []
        self.outer: list[list] = []
        self.objects = self.items = self.texts = 0

    # --- numbers and text

    def op_none(self, pos):
        self.stack.append(None)
        return pos

    def op_newtrue(self, pos):
        self.stack.append(True)
        return pos

    def op_newfalse(self, pos):
        self.stack.append(False)
        return pos

    def op_binint1(self, pos):
        self.stack.append(self.data[pos])
        return pos + 1

    def op_binint2(self, pos):
        self.stack.append(int.from_bytes(self.data[pos : pos + 2], "little"))
        return pos + 2

    def op_binint(self, pos):
        self.stack.append(_INT.unpack_from(self.data, pos)[0])
        return pos + 4

    def op_long1(self, pos):
        end = pos + 1 + self.data[pos]
        self.stack.append(int.from_bytes(self.data[pos + 1 : end], "little", signed=True))
        return end

    def op_binfloat(self, pos):
        self.stack.append(_DOUBLE.unpack_from(self.data, pos)[0])
        return pos + 8

    def op_short_binstring(self, pos):
        return self._bytes(pos + 1, self.data[pos])

    def op_binstring(self, pos):
        return self._bytes(pos + 4, UINT.unpack_from(self.data, pos)[0])

    def op_binbytes8(self, pos):
        return self._bytes(pos + 8, int.from_bytes(self.data[pos : pos + 8], "little"))

    op_short_binbytes, op_binbytes = op_short_binstring, op_binstring

    def _bytes(self, start, n):
        stop = start + n
        self.stack.append(self.data[start:stop] if n <= SHORT else Span(start, stop))
        return stop

    def op_short_binunicode(self, pos):
        return self._unicode(pos + 1, self.data[pos])

    def op_binunicode(self, pos):
        return self._unicode(pos + 4, UINT.unpack_from(self.data, pos)[0])

    def _unicode(self, start, n):
        self.texts += n
        if n > MAX_TEXT or self.texts > MAX_TEXTS:
            raise RefusedError(f"too long a text, at byte {start:,}")
        self.stack.append(self.data[start : start + n].decode())
        return start + n

    # --- tuples, lists, mappings

    def op_mark(self, pos):
        if len(self.outer) == MAX_DEPTH:
            raise RefusedError(f"values nested more than {MAX_DEPTH} deep, at byte {pos:,}")
        self.outer.append(self.stack)
        self.stack = []
        return pos

    def to_mark(self) -> list:
        items, self.stack = self.stack, self.outer.pop()
        return items

    def op_empty_tuple(self, pos):
        self.stack.append(())
        return pos

    def op_tuple1(self, pos):
        return self._tuple(1, pos)

    def op_tuple2(self, pos):
        return self._tuple(2, pos)

    def op_tuple3(self, pos):
        return self._tuple(3, pos)

    def op_tuple(self, pos):
        items = self.to_mark()
        self.stack += items
        return self._tuple(len(items), pos) if items else self.op_empty_tuple(pos)

    def _tuple(self, n, pos):
        items = tuple(self.stack[-n:])
        if len(items) < n or n > MAX_TUPLE:
            raise RefusedError(f"a tuple of {n} values, of which {len(items)} are there, at byte {pos:,}")
        for item in items:
            if type(item) is tuple and not _INTEGER.issuperset(map(type, item)):
                raise RefusedError(f"a tuple in a tuple, and no shape, at byte {pos:,}")  # so none is deep
        self.stack[-n:] = [items]
        return pos

    def op_empty_list(self, pos):
        self.count()
        self.stack.append([])
        return pos

    def op_append(self, pos):
        return self._append([self.stack.pop()], pos)

    def op_appends(self, pos):
        self.tick(pos)
        return self._append(self.to_mark(), pos)

    def _append(self, items, pos):
        self.items += len(items)
        if self.items > MAX_ITEMS:
            raise RefusedError(f"more than {MAX_ITEMS:,} values in lists")
        of_type(self.stack[-1], list).extend(items)
        return pos

    def op_empty_dict(self, pos):
        self.count()
        self.stack.append({})
        return pos

    def op_setitem(self, pos):
        value, key = self.stack.pop(), self.stack.pop()
        return self._set([key, value], pos)

    def op_setitems(self, pos):
        return self._set(self.to_mark(), pos)

    def _set(self, items, pos):
        target = of_type(self.stack[-1], dict)
        target.update(zip(map(text, items[::2]), items[1::2], strict=True))
        if len(target) > MAX_ENTRIES:
            raise RefusedError(f"a mapping of more than {MAX_ENTRIES:,} entries")
        return pos

    def count(self):
        self.objects += 1
        if self.objects > MAX_OBJECTS:
            raise RefusedError(f"more than {MAX_OBJECTS:,} lists, arrays and types")
