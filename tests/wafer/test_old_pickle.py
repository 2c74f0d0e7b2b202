"""Hostile, oversized and damaged pickles: nothing in them is run, and they get no memory."""

import copyreg
import os
import pickle
import random
import struct
import subprocess
import tracemalloc

import numpy as np
import old_pandas
import pytest
from old_pandas import BLANK, DTYPE, FRAME, NEW_INDEX, TYPE_U1

from semlib.wafer import _old_numpy, _pickle_scan, _pickle_stack
from semlib.wafer._old_pandas import NAMES, RefusedError, open_table
from semlib.wafer._old_pickle import _Machine, read_pickle

GOOD = old_pandas.dumps(
    old_pandas.wm811k([np.ones((3, 2), np.uint8), np.full((20, 30), 2, np.uint8)], ["Loc", None])
)


def read(program):
    return read_pickle(b"\x80\x02" + program + b".", NAMES)


# --- hostile pickles ---------------------------------------------------------------------------


class Calls:
    """Pickled, it is a call: whoever loads it runs it."""

    def __init__(self, function, *args, state=None):
        self.reduced = (function, args, state) if state else (function, args)

    def __reduce__(self):
        return self.reduced


def line(text):
    return b"X" + struct.pack("<I", len(text)) + text.encode()


def named(module, name):
    """STACK_GLOBAL: the name may have points, and leads anywhere."""
    return b"".join(b"\x8c" + bytes([len(text)]) + text.encode() for text in (module, name)) + b"\x93"


GETATTR, IMPORT = b"cbuiltins\ngetattr\n", b"cbuiltins\n__import__\n"
SYSTEM = GETATTR + IMPORT + line("os") + b"\x85R" + line("system") + b"\x86R"


def call(function, command, protocol=2):
    return bytes([0x80, protocol]) + function + line(command) + b"\x85R."


def by_eval(command):
    return f"__import__('os').system({command!r})"


#: Programs that run the command ``c`` where they are loaded.
LIVE = {
    **{f"protocol {p}": lambda c, p=p: pickle.dumps(Calls(os.system, c), p) for p in range(6)},
    "Python 2": lambda c: call(b"cposix\nsystem\n", c),
    "in a list": lambda c: pickle.dumps([1, Calls(os.system, c)], 4),
    "in an array": lambda c: pickle.dumps(np.array([Calls(os.system, c)]), 4),
    "as a state": lambda c: pickle.dumps(Calls(Exception, state={"a": Calls(os.system, c)}), 4),
    "subprocess": lambda c: pickle.dumps(Calls(subprocess.call, c.split()), 4),
    "eval": lambda c: call(b"cbuiltins\neval\n", by_eval(c)),
    "eval, Python 2": lambda c: call(b"c__builtin__\neval\n", by_eval(c)),
    "getattr": lambda c: call(SYSTEM, c),
    "a name with points": lambda c: call(named("os", "path.os.system"), c, 4),
    "by way of numpy": lambda c: call(named("numpy", "lib._datasource.os.system"), c, 4),
    "by way of pandas": lambda c: call(named("pandas.core.frame", "np.lib._datasource.os.system"), c, 4),
    "INST": lambda c: b"\x80\x02(" + line(c) + b"iposix\nsystem\n.",
    "OBJ": lambda c: b"\x80\x02(cposix\nsystem\n" + line(c) + b"o.",
    "EXT1": lambda c: call(b"\x82\xf0", c),
    "dropped again": lambda c: call(b"cposix\nsystem\n", c)[:-1] + b"0N.",
}


@pytest.fixture
def extension():
    """Code 240 of the extension registry is os.system, which any installed library may have done."""
    copyreg.add_extension("posix", "system", 240)
    yield
    copyreg.remove_extension("posix", "system", 240)


@pytest.mark.usefixtures("extension")
@pytest.mark.parametrize("attack", LIVE)
def test_nothing_is_run(tmp_path, attack):
    canary, path = tmp_path / "canary", tmp_path / "evil.pkl"
    path.write_bytes(LIVE[attack](f"touch {canary}"))
    pickle.loads(path.read_bytes())
    assert canary.exists()  # so the attack is real
    canary.unlink()
    with (
        pytest.raises(RefusedError, match=r"evil\.pkl is not read: .*Nothing in it was run"),
        open_table(path),
    ):
        pass
    assert not canary.exists()


def test_nothing_is_run_before_or_in_a_good_table(tmp_path):
    canary, path = tmp_path / "canary", tmp_path / "evil.pkl"
    evil = call(b"cposix\nsystem\n", f"touch {canary}")[2:-1]
    path.write_bytes(GOOD[:2] + evil + b"0" + GOOD[2:])
    with pytest.raises(RefusedError, match="POP"), open_table(path):
        pass
    place = GOOD.index(b"U\x04nameq")  # a key of the columns' index, and its value None
    after = GOOD.index(b"N", place)
    path.write_bytes(GOOD[:after] + evil + GOOD[after + 1 :])
    with pytest.raises(RefusedError, match=r"posix\.system"), open_table(path):
        pass
    assert not canary.exists()


def test_stand_ins_keep_no_state_of_their_own():
    """What a pickle could poison: classes shared by all that is read."""
    before = {name: dict(vars(kind)) for name, kind in vars(_old_numpy).items() if isinstance(kind, type)}
    for program in (BLANK + b"}U\5buildNsb", FRAME + b")\x81}U\x0c__setstate__NsU\x09__class__Nsb"):
        try:
            read(program)
        except RefusedError:
            continue
    assert before == {n: dict(vars(k)) for n, k in vars(_old_numpy).items() if isinstance(k, type)}
    assert not hasattr(_old_numpy.Array((_old_numpy.NDARRAY, (0,), b"b")), "__dict__")


# --- too large, cut, damaged -------------------------------------------------------------------


@pytest.mark.parametrize(
    "program",
    [
        b"\x8e" + struct.pack("<Q", 1 << 62),  # BINBYTES8
        b"\x8e" + struct.pack("<Q", (1 << 64) - 1),
        b"B\xff\xff\xff\xff",
        b"T\xff\xff\xff\x7f",
        b"T\xff\xff\xff\xff",
        b"X\xff\xff\xff\xff",
        b"U\xffab",
        b"\x8a\xff" + bytes(255),
        b"Nr\xff\xff\xff\xffj\xff\xff\xff\xff",  # pickle's memo would be an array of so many
        BLANK + b"(K\1J\xff\xff\xff\x7fJ\xff\xff\xff\x7f\x86" + TYPE_U1 + b"\x89U\1\0tb",
        NEW_INDEX
        + b"cpandas.indexes.range\nRangeIndex\n}(U\5startK\0U\4stop\x8a\x08"
        + b"\xff" * 7
        + b"\x7fU\4stepK\1u\x86R",
        b"(" * 100,
        b"N" * 50_000,
        b"(" + b"N" * 50_000 + b"t",
        b"}(" + b"".join(b"X\4\0\0\0" + f"{i:04}".encode() + b"N" for i in range(2_000)) + b"u",
        b")" + b"\x85" * 50_000,
        b"X" + struct.pack("<I", 5_000) + b"a" * 5_000,
    ],
    ids=range(17),
)
def test_what_asks_for_much_memory_gets_none(program):
    assert peak_of(program) < 3e6


def peak_of(program):
    """Return the most memory that reading takes, in bytes, be it refused or not."""
    program = b"\x80\x02" + program + b"."
    tracemalloc.start()
    try:
        read_pickle(program, NAMES)
    except RefusedError:
        pass
    finally:
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    return peak


def test_long_strings_stay_in_the_file():
    assert peak_of(b"](" + (b"T" + struct.pack("<i", 100_000) + bytes(100_000)) * 50 + b"e") < 3e5


def test_what_nobody_asks_for_again_is_forgotten():
    again = b"".join(b"(" + line("abc") * 10 + b"tr" + struct.pack("<I", i) + b"a" for i in range(1, 1000))
    machine = _Machine(b"\x80\x02]r\0\0\0\0" + again + b"h\0" + b"a.", NAMES, {0}, lambda position: None)
    machine.run()
    assert list(machine.memo) == [0]


@pytest.mark.parametrize(
    ("limit", "value", "program", "match"),
    [
        ("MAX_OBJECTS", 3, b"](" + b"]" * 5 + b"e", "more than 3 lists"),
        ("MAX_OBJECTS", 3, b"](" + b"}" * 5 + b"e", "more than 3 lists"),
        ("MAX_OBJECTS", 3, b"](" + (DTYPE + b"U\x02u1K\0K\1\x87R") * 5 + b"e", "more than 3 lists"),
        ("MAX_OBJECTS", 3, b"](" + (FRAME + b")\x81") * 5 + b"e", "more than 3 lists"),
        ("MAX_ITEMS", 4, b"]" + b"Na" * 5, "more than 4 values in lists"),
        ("MAX_ITEMS", 4, b"](NNNNNe", "more than 4 values in lists"),
        ("MAX_TEXTS", 4, b"](" + line("abc") * 2 + b"e", "too long a text"),
        ("MAX_ENTRIES", 2, b"}" + b"".join(line(c) + b"Ns" for c in "abc"), "a mapping of more than 2"),
    ],
)
def test_limits(monkeypatch, limit, value, program, match):
    read(program)
    monkeypatch.setattr(_pickle_stack, limit, value)
    with pytest.raises(RefusedError, match=match):
        read(program)


def test_the_limit_of_what_is_remembered(monkeypatch):
    numbers = [struct.pack("<I", i) for i in range(5)]
    program = b"](" + b"".join(b"Nr" + n + b"j" + n for n in numbers) + b"e"
    assert read(program) == [None] * 10
    monkeypatch.setattr(_pickle_scan, "MAX_REMEMBERED", 4)
    with pytest.raises(RefusedError, match="more than 4 values"):
        read(program)


def test_a_list_in_itself_is_no_trap(tmp_path):
    path = tmp_path / "loop.pkl"
    path.write_bytes(b"\x80\x02]q\0h\0a.")
    assert read(b"]q\0h\0a")[0][0]
    with pytest.raises(RefusedError, match="type list where Parts belongs"), open_table(path):
        pass


def test_cut_anywhere():
    for n in range(len(GOOD)):
        with pytest.raises(RefusedError, match=f"in the middle, after {n:,} bytes|no pickle of protocol"):
            read_pickle(GOOD[:n], NAMES)


def test_damaged_anywhere(tmp_path):
    """A changed byte gives other values or an error that names the file, never another error."""
    path, draw = tmp_path / "d.pkl", random.Random(0)
    refused = 0
    for _ in range(1500):
        damaged = bytearray(GOOD)
        damaged[draw.randrange(len(GOOD))] = draw.randrange(256)
        try:
            old_pandas.read(path, bytes(damaged))
        except RefusedError as error:
            refused += 1 if str(path) in str(error) else 0
            continue
    assert 700 < refused < 1500
