"""Read the values in a pickle without running anything that is in it.

A pickle is a program for a small machine, and the usual machine imports and calls whatever the program
names. This one knows only the instructions that build numbers, text, tuples, lists and mappings. A name is
looked up in a table that the caller gives; what stands there is ours, takes plain values and keeps them. So a
hostile file yields wrong values at worst, and the caller checks what it got.

There are two runs over the file. The first (`scan`) builds nothing: it finds what is not allowed, where a
file was cut, and which values are asked for again. The second builds, and remembers only those. (The standard
library's reader remembers every value: several GB for WM-811K.)
"""

from __future__ import annotations

import mmap
from collections.abc import Callable, Mapping
from contextlib import suppress

from semlib.wafer._pickle_scan import GLOBAL, NAMES, UINT, scan
from semlib.wafer._pickle_stack import Stack
from semlib.wafer._pickle_values import Name, RefusedError, Value, describe, of_type, text

MAX_PENDING = 10_000  # values at a time; writers put them into their list after 1,000


def read_pickle(
    data: mmap.mmap | bytes,
    names: Mapping[tuple[str, str], Name],
    tick: Callable[[int], None] = lambda position: None,
) -> object:
    """Return the value in a pickle of protocol 2 to 4.

    Parameters
    ----------
    data : mmap or bytes
        The whole file. For strings of more than 256 bytes the value holds a `Span` of it.
    names : mapping of (module, name) to Name
        All that the pickle may name.
    tick : callable
        Called now and then with the number of bytes read so far; in two runs, up to ``2 * len(data)``.

    Raises
    ------
    RefusedError
        If the file names anything else, holds other instructions, is cut or damaged, or asks for more memory
        than a table of WM-811K's size needs.
    """
    wanted = scan(data, tick)
    try:
        return _Machine(data, names, wanted, lambda position: tick(len(data) + position)).run()
    except RefusedError:
        raise
    except (IndexError, KeyError, TypeError, ValueError, OverflowError) as error:
        raise RefusedError(f"it is damaged ({type(error).__name__}: {error})") from error


class _End(Exception):
    """The instruction STOP."""


class _Machine(Stack):
    """The second run."""

    def __init__(self, data, names, wanted, tick) -> None:
        super().__init__(data, tick)
        self.names, self.wanted = names, wanted
        self.memo: dict[int, object] = {}
        self.memoized = 0

    def run(self) -> object:
        table = [None] * 256  # the first run has seen that no others are there
        for code, name in NAMES.items():
            table[code] = getattr(self, f"op_{name.lower()}", None)
        data, pos = self.data, 0
        with suppress(_End):
            while True:
                for _ in range(MAX_PENDING):  # so that no more values than these pile up between two looks
                    pos = table[data[pos]](pos + 1)
                if len(self.stack) > MAX_PENDING:
                    raise RefusedError(f"more than {MAX_PENDING:,} values at once, at byte {pos:,}")
        if len(self.stack) != 1 or self.outer:
            raise RefusedError("it ends with another number of values than one")
        return self.stack[0]

    def op_stop(self, pos):
        raise _End

    def op_proto(self, pos):
        return pos + 1

    def op_frame(self, pos):
        return pos + 8

    # --- values that are asked for again

    def op_binput(self, pos):
        return self._put(self.data[pos], pos + 1)

    def op_long_binput(self, pos):
        return self._put(UINT.unpack_from(self.data, pos)[0], pos + 4)

    def op_memoize(self, pos):
        self.memoized += 1
        return self._put(self.memoized - 1, pos)

    def _put(self, number, pos):
        if number in self.wanted:
            self.memo[number] = self.stack[-1]
        return pos

    def op_binget(self, pos):
        self.stack.append(self.memo[self.data[pos]])
        return pos + 1

    def op_long_binget(self, pos):
        self.stack.append(self.memo[UINT.unpack_from(self.data, pos)[0]])
        return pos + 4

    # --- names, and what stands for their calls

    def op_global(self, pos):
        match = GLOBAL.match(self.data[pos : pos + 202])
        self._name(*(part.decode() for part in match.groups()))
        return pos + match.end()

    def op_stack_global(self, pos):
        name, module = text(self.stack.pop()), text(self.stack.pop())
        self._name(module, name)
        return pos

    def _name(self, module, name):
        found = self.names.get((module, name))
        if found is None:
            raise RefusedError(f"it names {module}.{name}, which no table of numbers and text needs")
        self.stack.append(found)

    def op_reduce(self, pos):
        self.count()
        args, name = of_type(self.stack.pop(), tuple), of_type(self.stack.pop(), Name)
        if name.call is None:
            raise RefusedError(f"a call of {name.text}, at byte {pos:,}")
        self.stack.append(name.call(args))
        return pos

    def op_newobj(self, pos):
        self.count()
        args, name = self.stack.pop(), of_type(self.stack.pop(), Name)
        if name.new is None or args != ():
            raise RefusedError(f"a new {name.text}, at byte {pos:,}")
        self.stack.append(name.new())
        return pos

    def op_build(self, pos):
        state, value = self.stack.pop(), self.stack[-1]
        if not isinstance(value, Value):
            raise RefusedError(f"a state for {describe(value)}, at byte {pos:,}")
        value.build(state)
        return pos
