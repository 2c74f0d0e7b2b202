"""Each thing that a pickle may not hold is refused by its name, and so is each that it may, used wrongly."""

import pytest
from old_pandas import BLANK, DTYPE, FRAME, INDEX, NDARRAY, NEW_INDEX, RECONSTRUCT, SCALAR, TYPE_O, TYPE_U1

from semlib.wafer._old_pandas import NAMES, RefusedError
from semlib.wafer._old_pickle import read_pickle


def read(program):
    return read_pickle(b"\x80\x02" + program + b".", NAMES)


@pytest.mark.parametrize(
    ("program", "match"),
    [
        # allowed names, other calls
        (DTYPE + b"U\x02O8\x85R", "the type 'O8'"),
        (DTYPE + b"]K\0K\1\x87R", "type list where str belongs"),
        (DTYPE + b"U\x09i4,(2,)f8K\0K\1\x87R", "the type 'i4,"),
        (DTYPE + b"U\x03V16K\0K\1\x87R", "the type 'V16'"),
        (DTYPE + b"U\x06U99999K\0K\1\x87R", "damaged|the type"),
        (TYPE_U1.replace(b"NNN", b"NU\1aN"), "a type u1 with fields"),
        (TYPE_U1.replace(b"NNN", b"N(U\1atN"), "a tuple in a tuple"),
        (TYPE_U1.replace(b"|", b"!"), "byte order '!'"),
        (TYPE_U1 + b"(K\3U\1|NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\0tb", "with two states"),
        (TYPE_U1.replace(b"K\3U", b"K\7U"), "a type u1"),
        (TYPE_U1.replace(b"NNNJ\xff\xff\xff\xff", b"NNNK\x08"), "items of 8 bytes"),
        (RECONSTRUCT + FRAME + b"K\0\x85U\1b\x87R", "a class that is not numpy.ndarray"),
        (RECONSTRUCT + NDARRAY + b"M\xff\xff\x85U\1b\x87R", "a class that is not numpy.ndarray"),
        (RECONSTRUCT + b")R", "a class that is not numpy.ndarray"),
        (NEW_INDEX + DTYPE + b"}\x86R", "an index that is numpy.dtype"),
        (NEW_INDEX + INDEX + b"}\x86R", "damaged"),
        (NEW_INDEX + INDEX + b"}U\4dataNs\x86R", "type NoneType where Array belongs"),
        (NDARRAY + b"K\5\x85R", "a call of numpy.ndarray"),
        (FRAME + b")R", "a call of pandas.DataFrame"),
        (FRAME + b"K\1\x85\x81", "a new pandas.DataFrame"),
        (NDARRAY + b")\x81", "a new numpy.ndarray"),
        (b"c__builtin__\nslice\n)R", "damaged"),
        (b"N)R", "type NoneType where Name belongs"),
        (BLANK + b")R", "type Array where Name belongs"),
        (NDARRAY + b"NR", "type NoneType where tuple belongs"),
        # states
        (BLANK + b"}b", "type dict where tuple belongs"),
        (BLANK + b"}U\5dtypeNsb", "type dict where tuple belongs"),
        (BLANK + b"N}U\7contentNs\x86b", "damaged"),
        (DTYPE + b"}U\4callNsb", "a state for numpy.dtype"),
        (b"}}b", "a state for a value of type dict"),
        (
            BLANK + b"(K\1K\1\x85" + TYPE_U1 + b"\x89U\1\0tb(K\1K\1\x85" + TYPE_U1 + b"\x89U\1\0tb",
            "with two states",
        ),
        (FRAME + b")\x81}b}b", "a DataFrame with two states"),
        (BLANK + b"(K\1K\1\x85N\x89U\1\0tb", "type NoneType where DType belongs"),
        (BLANK + b"(K\1K\1\x85" + DTYPE + b"U\x02u1K\0K\1\x87R\x89U\1\0tb", "unknown type"),
        (BLANK + b"(K\1K\2\x85" + TYPE_U1 + b"\x89U\1\0tb", "1 of 2 items"),
        (
            BLANK + b"(K\1J\xff\xff\xff\xffJ\xff\xff\xff\xff\x86" + TYPE_U1 + b"\x89U\1\0tb",
            r"shape \(-1, -1\)",
        ),
        (BLANK + b"(K\1\x88\x85" + TYPE_U1 + b"\x89U\1\0tb", "a tuple in a tuple"),
        (BLANK + b"(K\1K\1K\1K\1\x87" + TYPE_U1 + b"\x89U\1\0tb", r"shape \(1, 1, 1\)"),
        (BLANK + b"(K\1K\1\x85" + TYPE_U1 + b"\x89]tb", "whose bytes are a value of type list"),
        (BLANK + b"(K\1K\1\x85" + TYPE_U1 + b"NU\1\0tb", "type NoneType where bool belongs"),
        (BLANK + b"(K\1K\1\x85" + TYPE_O + b"\x89U\1\0tb", "type bytes where list belongs"),
        (BLANK + b"(K\1K\2\x85" + TYPE_O + b"\x89]Natb", "1 of 2 items"),
        (SCALAR + TYPE_O + b"U\x08" + bytes(8) + b"\x86R", "a single value"),
        (SCALAR + TYPE_U1 + b"U\2aa\x86R", "a single value"),
        (
            SCALAR + TYPE_U1.replace(b"u1", b"U1").replace(b"|", b"<") + b"U\4\xff\xff\xff\xff\x86R",
            "damaged",
        ),
        # other instructions
        (b"P1\n", "the instruction PERSID"),
        (b"NQ", "the instruction BINPERSID"),
        (b"\x83\0\1", "the instruction EXT2"),
        (b"\x84\0\1\0\0", "the instruction EXT4"),
        (FRAME + b")}\x92", "the instruction NEWOBJ_EX"),
        (b"N2", "the instruction DUP"),
        (b"(1N", "the instruction POP_MARK"),
        (b"S'a'\n", "the instruction STRING"),
        (b"g0\n", "the instruction GET"),
        (b"\x8b\1\0\0\0\1", "the instruction LONG4"),
        (b"\x8f", "the instruction EMPTY_SET"),
        (b"\xff", "0xff, which is no instruction"),
        # names beside the allowed ones
        (b"cnumpy\nmatrix\n", "it names numpy.matrix"),
        (b"cnumpy.core.multiarray\nndarray\n", "it names numpy.core.multiarray.ndarray"),
        (b"\x8c\5numpy\x8c\x0blib.ndarray\x93", "it names numpy.lib.ndarray"),
        (b"\x8c\x0fcore.multiarray\x8c\6scalar\x93", "it names core.multiarray.scalar"),
        # too much
        (b"\x8a\x09" + bytes(9), "a number of 9 bytes"),
        (b"(" * 51, "nested more than 50 deep"),
        (b"N" * 20_001, "more than 10,000 values at once"),
        (b"X\xe9\3\0\0" + b"a" * 1001, "too long a text"),
        # nonsense
        (b"", "another number of values"),
        (b"NN", "another number of values"),
        (b"(N", "another number of values"),
        (b"t", "damaged"),
        (b"\x85", "a tuple of 1 values, of which 0"),
        (b"(" + b"N" * 17 + b"t", "a tuple of 17 values"),
        (b"h\5", "damaged"),
        (b"Na", "damaged"),
        (b"}NNs", "type NoneType where str belongs"),
        (b"}](e", "another number of values"),
        (b"}(U\1au", "damaged"),
        (b"X\2\0\0\0\xff\xff", "damaged"),
        (b"cnumpy\ndt\xffype\n", "no plain text"),
        (b"c" + b"a" * 300 + b"\nb\n", "no plain text"),
        (b"cnumpy\n\n", "no plain text"),
    ],
)
def test_refused_by_name(program, match):
    with pytest.raises(RefusedError, match=match):
        read(program)
