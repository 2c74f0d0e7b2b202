"""Die lists and KLARF: columns, numbers, places, repeated dies, the way back; refusals name the line."""

import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from semlib.wafer import _die_list as steps
from semlib.wafer.data import load_maps
from semlib.wafer.die_list import die_lists, is_die_list, read_die_list, to_die_list
from semlib.wafer.npfc import npfc
from semlib.wafer.synthetic import synthetic_mixed_maps

# x from -1, y from 5; (0, 5) is not listed
LIST = "x,y,bin\n-1,5,1\n1,5,3\n-1,6,1\n0,6,7\n1,6,1\n"
MAP = np.array([[1, 0, 2], [1, 2, 1]], np.uint8)


@pytest.fixture
def write(tmp_path):
    def write(text, name="d.csv"):
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write


def same(maps, *expected):
    return len(maps) == len(expected) and all(
        m.dtype == np.uint8 and np.array_equal(m, e) for m, e in zip(maps, expected, strict=True)
    )


# --- what is read --------------------------------------------------------------------------------


def test_dies_are_placed_by_their_coordinates(write):
    dies = read_die_list(write(LIST))
    assert same(dies.maps, MAP)
    assert dies.names == ("d",)
    assert dies.which.tolist() == [0] * 5
    assert dies.row.tolist() == [0, 0, 1, 1, 1]
    assert dies.column.tolist() == [0, 2, 0, 1, 2]
    assert dies.notes == ("die list: x 'x', y 'y', bin 'bin' (good: 1; bad: 3, 7), y grows downward",)


def test_y_may_grow_upward(write):
    up = read_die_list(write(LIST), y_up=True)
    assert same(up.maps, MAP[::-1])
    assert "y grows upward" in up.notes[0]
    assert (up.maps[0][up.row, up.column] == [1, 2, 1, 2, 1]).all()


@pytest.mark.parametrize(
    "text",
    [
        LIST.replace(",", ";"),
        LIST.replace(",", "\t"),
        LIST.replace(",", "  "),
        LIST.replace(",", ", ").replace("\n", "\r\n\n"),
        "\ufeff" + LIST,
        LIST.replace("\n", ",\n"),  # a separator at the end of each line
        LIST.replace(",bin", ",bin\n", 1).replace("\n", ",,\n").replace("bin,,", "bin"),
        LIST.replace("x,y,bin", '"X","Y","Bin"'),
        LIST.replace("6,7", "6.0,07"),
        "bin;site, no;y;x\n" + "".join(f"{b};0,5;{y};{x}\n" for x, y, b in
                                       [(-1, 5, 1), (1, 5, 3), (-1, 6, 1), (0, 6, 7), (1, 6, 1)]),
        LIST.encode("utf-16"),
        ("\ufeff" + LIST.replace(",", "\t")).encode("utf-16-be"),
        "sep=,\r\n" + LIST,
        'SEP=;\n' + LIST.replace(",", ";"),
        '"site, no";x;y;bin\n' + "".join(f'"1;2";{row}\n' for row in LIST.replace(",", ";").split()[1:]),
        LIST.replace("x,y,bin", '"x","y" "bin"').replace(",", " ").replace(" 7", '  "7"'),
    ],
    ids=range(16),
)  # fmt: skip
def test_separators_and_the_look_of_the_text(write, text):
    assert same(read_die_list(write(text)).maps, MAP)
    assert same(load_maps(write(text, "d.txt")), MAP)


@pytest.mark.parametrize(
    "header",
    [
        "X,Y,BIN",
        "die_x,Die Y,Hard_Bin",
        "DieX,dieY,HBIN",
        "xindex,YINDEX,sbin",
        "X_COORD,Y_COORD,SOFT_BIN",
        "col,row,bin_code",
        "Column,Row,BinCode",
    ],
)
def test_names_of_columns(write, header):
    dies = read_die_list(write(LIST.replace("x,y,bin", header)))
    assert same(dies.maps, MAP)
    assert all(repr(name) in dies.notes[0] for name in header.split(","))


def test_the_first_known_name_is_taken_and_said(write):
    dies = read_die_list(write("soft_bin,x,y,hard_bin,col\n1,0,0,2,9\n2,1,0,1,9\n"))
    assert same(dies.maps, [[2, 1]])
    assert "bin 'hard_bin'" in dies.notes[0]
    assert "x 'x'" in dies.notes[0]


def test_columns_may_be_named(write):
    path = write("A,B,x,Result\n0,0,9,1\n1,0,9,2\n")
    dies = read_die_list(path, columns={"x": "A", "y": "B", "bin": "Result"})
    assert same(dies.maps, [[1, 2]])
    assert same(load_maps(path, columns={"x": "A", "y": "B", "bin": "Result"}), [[1, 2]])


@pytest.mark.parametrize(
    ("bins", "good_bins", "expected"),
    [
        ("1 2 1 5", (1,), [1, 2, 1, 2]),
        ("1 2 1 5", (1, 2), [1, 1, 1, 2]),
        ("1 2 1 5", 5, [2, 2, 2, 1]),
        ("01 1.0 2 1e0", (1,), [1, 1, 2, 1]),
        ("PASS fail PASS F7", ("PASS",), [1, 2, 1, 2]),
        ("A 1 B 1", ("A", 1), [1, 1, 2, 1]),
    ],
)
def test_good_bins(write, bins, good_bins, expected):
    path = write("x,y,bin\n" + "".join(f"{x},0,{one}\n" for x, one in enumerate(bins.split())))
    assert same(read_die_list(path, good_bins=good_bins).maps, [expected])
    assert same(load_maps(path, good_bins=good_bins), [expected])


def test_bins_of_no_die(write):
    dies = read_die_list(write("x,y,bin\n0,0,-1\n1,0,1\n2,0,2\n3,0,edge\n"), no_die_bins=(-1, "edge"))
    assert same(dies.maps, [[0, 1, 2, 0]])
    assert "(good: 1; bad: 2; no die: -1, edge)" in dies.notes[0]


def test_the_note_names_the_bad_bins_in_their_order(write):
    lines = "".join(f"{x},0,{one}\n" for x, one in enumerate([1, "Z", 12, 5, 100, "A", 5]))
    assert "(good: 1; bad: 5, 12, 100, A, Z)" in read_die_list(write("x,y,bin\n" + lines)).notes[0]
    lines = "".join(f"{x},0,{x}\n" for x in range(40))
    assert (
        "(good: 1; bad: 0, 2, 3, 4, 5, 6, 7, 8, 9, …)" in read_die_list(write("x,y,bin\n" + lines)).notes[0]
    )


def test_lots_and_wafers_are_maps_of_their_own(write):
    lines = ["B,2,0,0,1", "A,2,5,5,2", "B,2,1,0,2", "B,10,0,0,1", "A,2,5,6,1", "B,10,0,2,1"]
    path = write("Lot_ID,Wafer,x,y,bin\n" + "\n".join(lines))
    dies = read_die_list(path)
    assert dies.names == ("lot B, wafer 2", "lot A, wafer 2", "lot B, wafer 10")  # in the order of the lines
    assert same(dies.maps, [[1, 2]], [[2], [1]], [[1], [0], [1]])
    assert dies.which.tolist() == [0, 1, 0, 2, 1, 2]
    assert "wafers told apart by 'Lot_ID' and 'Wafer'" in dies.notes[0]
    maps = load_maps(path)
    assert maps.table.name.tolist() == [f"d.csv, {name}" for name in dies.names]
    assert same(maps, *dies.maps)
    assert maps.notes == dies.notes


def test_a_wafer_has_one_number_however_it_is_written(write):
    dies = read_die_list(write("lot,wafer,x,y,bin\nA,01,0,0,1\nA, 1,1,0,2\nA,2,0,0,1\n"))
    assert dies.names == ("lot A, wafer 01", "lot A, wafer 2")
    assert same(dies.maps, [[1, 2]], [[1]])
    blank = read_die_list(write("lot,wafer,x,y,bin\n,,0,0,1\n,,1,0,2\n"))
    assert blank.names == ("d",)


SQUARE = [(x, y) for x in range(-2, 4) for y in range(6)]


@pytest.mark.parametrize(
    ("apart", "bins", "options", "match"),
    [
        ((10, 1), (1, 2), {}, r"d\.csv: all x lie 10 or a multiple of it apart.*divide x by 10"),
        ((1, 3), (1, 2), {}, r"all y lie 3 or a multiple of it apart.*divide y by 3"),
        ((1, 1), (0, 1), {}, r"bin 0, in 97% of the lines, counts as failed.* pass good_bins=\[0\]"),
        ((1, 1), (0, 1), {"good_bins": 0}, None),
        ((1, 1), (1, 0), {}, None),
        ((1, 1), (0, 1), {"no_die_bins": [0]}, "no die is defective"),
        ((1, 1), (1, 2), {}, None),
    ],
)
def test_what_may_have_been_meant_otherwise(write, apart, bins, options, match):
    """The first die has the second bin, all others the first."""
    lines = [f"{x * apart[0]},{y * apart[1]},{bins[i == 0]}" for i, (x, y) in enumerate(SQUARE)]
    path = write("x,y,bin\n" + "\n".join(lines))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        read_die_list(path, **options)
    assert len(caught) == (match is not None)
    if match:
        with pytest.warns(UserWarning, match=match):
            load_maps(path, **options)


def test_a_few_places_have_no_pitch(write, recwarn):
    read_die_list(write("x,y,bin\n0,0,1\n4,0,2\n8,0,1\n12,0,1\n"))
    assert not recwarn.list


RETESTED = LIST + "0,6,1\n1,6,4\n0,6,9\n"  # (0, 6) is 7, 1, 9; (1, 6) is 1, 4


@pytest.mark.parametrize(
    ("text", "repeated", "last_row"),
    [
        (RETESTED, "last", [1, 2, 2]),
        (RETESTED + "0,6,1\n", "last", [1, 1, 2]),
        (RETESTED + "0,6,1\n", "worst", [1, 2, 2]),
    ],
)
def test_repeated_dies(write, text, repeated, last_row):
    dies = read_die_list(write(text), repeated=repeated)
    assert same(dies.maps, [MAP[0], last_row])
    assert dies.notes[1] == f"{text.count(chr(10)) - 6} lines repeat a die, the {repeated} counts"


def test_a_folder_of_lists_and_maps(tmp_path, write):
    write(LIST, "w2.csv")
    write("1,2\n", "w1.csv")
    write(LIST.replace("\n1,6,1", ""), "w10.csv")
    maps = load_maps(tmp_path)
    assert same(maps, [[1, 2]], MAP, [MAP[0], [1, 2, 0]])
    assert maps.notes == ("die list: x 'x', y 'y', bin 'bin' (good: 1; bad: 3, 7), y grows downward",)  # once
    assert same(load_maps(tmp_path, good_bins=(1, 7)), [[1, 2]], [MAP[0], [1, 1, 1]], [MAP[0], [1, 1, 0]])


@pytest.mark.parametrize(
    ("name", "text", "is_list"),
    [
        ("d.csv", LIST, True),
        ("d.txt", "x,y\n", True),  # a bad one
        ("d.tsv", "1\t2\n", False),
        ("d.png", LIST, False),
        ("d.007", "FileVersion 1 2;", True),
    ],
)
def test_is_die_list(write, name, text, is_list):
    assert is_die_list(write(text, name)) is is_list
    assert not is_die_list(write(text, name).parent)


def test_the_die_lists_of_a_folder_are_those_that_load_maps_reads(tmp_path, write):
    write("These are the maps of lot A17.\n", "README.txt")
    write("1,2\n", "map.csv")
    lists = [write(LIST, name) for name in ("w2.csv", "w10.tsv")]
    assert die_lists(tmp_path) == lists
    assert load_maps(tmp_path).table.name.tolist() == ["map.csv", "w2.csv", "w10.tsv"]
    assert die_lists(write(LIST, "w.txt")) == [tmp_path / "w.txt"]
    assert die_lists(tmp_path / "map.csv") == die_lists(tmp_path / "gone") == []


@pytest.mark.parametrize("separator", [",", ";", "\t", " "])
@pytest.mark.parametrize("last", ['"5', '5"', '"5" 5', '"'])
def test_a_quotation_mark_takes_no_dies_away(write, separator, last):
    lines = [f"{x},{y},1" for y in range(3) for x in range(4)]
    lines[6] = "2,1," + last
    path = write("x,y,bin\n".replace(",", separator) + "\n".join(lines).replace(",", separator))
    if last == '5"':  # within a word it is a letter
        assert load_maps(path)[0].tolist() == [[1] * 4, [1, 1, 2, 1], [1] * 4]
        return
    with pytest.raises(ValueError, match=r"d\.csv, line 8: "):
        load_maps(path)


# --- the way back --------------------------------------------------------------------------------


def test_the_result_goes_back_to_the_lines(write):
    path = write("note;x;y;bin;lot\n" + "a;3;3;01;7\nb;2;3;2;7\nc;9;9;1;8\nd;3;3;2;7\n")
    dies = read_die_list(path, repeated="last")
    labels = [np.array([[1, 0]]), np.array([[-1]])]
    table = dies.with_clusters(labels)
    assert table.columns.tolist() == ["note", "x", "y", "bin", "lot", "kept", "cluster"]
    assert table.bin.tolist() == ["01", "2", "1", "2"]  # as in the file
    assert table.kept.tolist() == [1, 1, 0, 1]
    assert table.cluster.tolist() == [0, 1, -1, 0]
    assert "kept" not in dies.table
    other = dies.with_clusters(labels, names=("K", "C"))
    assert other.columns[-2:].tolist() == ["K", "C"]


@pytest.mark.parametrize("header", ["x,y,bin", "x,y,bin,", "x,y,bin,,"])
def test_separators_at_the_ends_of_lines_make_no_column(write, header):
    text = LIST.replace("\n", ",\n").replace("x,y,bin,", header)
    assert read_die_list(write(text)).table.columns.tolist() == ["x", "y", "bin"]
    named = read_die_list(write("x,y,bin,\n0,0,1,\n1,0,2,scratch\n")).table  # a column without a name
    assert named.columns.tolist() == ["x", "y", "bin", ""]
    assert named[""].tolist() == ["", "scratch"]


def test_the_result_of_npfc_goes_back(write):
    wafer_map = synthetic_mixed_maps(1, 2, 0.05, 3)[0][0]
    table = to_die_list(wafer_map, origin=(-20, 4), y_up=True)
    path = write(table.sample(frac=1, random_state=0).to_csv(index=False))
    dies = read_die_list(path, good_bins=(1,), y_up=True)
    assert same(dies.maps, wafer_map)
    result = npfc(wafer_map)
    back = dies.with_clusters([result]).astype(int).sort_values(["x", "y"], ignore_index=True)
    direct = to_die_list(wafer_map, result.labels, origin=(-20, 4), y_up=True)
    pd.testing.assert_frame_equal(back, direct.sort_values(["x", "y"], ignore_index=True), check_dtype=False)
    assert back.kept.sum() == (result.filtered == 2).sum() > 0


def test_to_die_list():
    table = to_die_list(MAP, np.array([[-1, -1, 0], [-1, -1, -1]]), origin=(-1, 5))
    assert table.values.tolist() == [
        [-1, 5, 1, 0, -1],
        [1, 5, 2, 1, 0],
        [-1, 6, 1, 0, -1],
        [0, 6, 2, 0, -1],
        [1, 6, 1, 0, -1],
    ]
    assert to_die_list(MAP, y_up=True).y.tolist() == [1, 1, 0, 0, 0]
    assert to_die_list(MAP).columns.tolist() == ["x", "y", "bin"]
    with pytest.raises(ValueError, match=r"labels has the shape \(1, 2\), the map \(2, 3\)"):
        to_die_list(MAP, [[0, 1]])


@pytest.mark.filterwarnings("ignore:.*no die is defective")
@given(st.data())
def test_lists_and_maps_are_the_same_thing(tmp_path_factory, data):
    height, width = data.draw(st.integers(1, 6)), data.draw(st.integers(1, 6))
    values = data.draw(st.lists(st.integers(0, 2), min_size=height * width, max_size=height * width))
    wafer_map = np.array(values, np.uint8).reshape(height, width)
    wafer_map[0, 0] = wafer_map[-1, -1] = 1  # so that the map reaches to its edges
    origin, y_up = data.draw(st.tuples(st.integers(-99, 99), st.integers(-99, 99))), data.draw(st.booleans())
    lines = to_die_list(wafer_map, origin=origin, y_up=y_up)
    path = tmp_path_factory.getbasetemp() / "given.csv"
    lines.iloc[data.draw(st.permutations(range(len(lines))))].to_csv(path, index=False, sep=";")
    assert same(read_die_list(path, y_up=y_up).maps, wafer_map)


# --- what is refused -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("", r"d\.csv is empty"),
        ("x,y,bin\n", r"d\.csv names columns, and holds no die below them"),
        ("1,2\n2,1\n", r"d\.csv is no die list: its first line must name the columns"),
        ("x,y\n1,2\n",
         r"d\.csv is a die list without a column for bin: .* names 'x', 'y' \(separator: comma\)"),
        ("x,y,no\n1,2,3\n", r"Name it, as in columns=\{'bin': 'no'\}; a map of numbers has no header"),
        ("y,x\n1,2\n", r"for bin: .* 'y', 'x' .*\. A list of dies has columns for x, y and bin"),
        ("a;b;bin\n1;2;1\n",
         r"without a column for x: .* 'a', 'b', 'bin' \(separator: semicolon\)\. Name it"),
        ("x|y|bin\n1|2|1\n",
         r"without a column for x: its first line names 'x\|y\|bin' \(separator: none found\)\. Put commas"),
        ("x,y,bin,Bin\n0,0,1,2\n",
         r"the columns 'bin' and 'Bin' could both be bin; rename one, or pass columns=\{'bin': …\}"),
        ("x,y,bin,bin\n0,0,1,2\n", r"the columns 'bin' and 'bin' could both be bin"),
        ("x,y,bin\n0,0,1\n1,0\n", r"d\.csv, line 3: 2 cells, but 3 columns are named in line 1"),
        ("\nx,y,bin\n\n0,0,1,5\n", r"d\.csv, line 4: 4 cells, but 3 columns are named in line 2"),
        ("x,y,bin\n0,0,1\n1.5,0,1\n", r"d\.csv, line 3: x is '1\.5'; a die's coordinates are whole numbers"),
        ("x,y,bin\n0,0,1\n\n1,nan,1\n", r"d\.csv, line 4: y is 'nan'"),
        ("x,y,bin\n0,,1\n", r"d\.csv, line 2: y is ''"),
        ("x;y;bin\n0;0;1\n1,0;0;1\n", r"d\.csv, line 3: x is '1,0'"),
        ("x,y,bin\ninf,0,1\n", r"d\.csv, line 2: x is 'inf'"),
        ("x,y,bin\n1e300,0,1\n", r"d\.csv, line 2: x is '1e300'"),
        ("x,y,bin\n0,0,1\n1,0,\n", r"d\.csv, line 3: bin is ''; every line needs a bin"),
        ("x,y,bin\n0,0,1\n1,0,NaN\n", r"d\.csv, line 3: bin is 'NaN'"),
        (RETESTED,
         r"d\.csv, line 7: the die x = 0, y = 6 is in line 5 already \(lines that repeat a die: 3\)\."
         r" Pass repeated='last'.*repeated='worst'.*columns=\{'wafer': …\}"),
        ("x,y,bin,lot,wafer\n0,0,1,L,1\n0,0,1,L,2\n0,0,2,L,2\n",
         r"line 4: the die x = 0, y = 0 of lot L, wafer 2 is in line 3 already \(lines .*: 1\).*'worst'$"),
        (b"x,y,bin\n0,0,\xff\n", r"d\.csv is no text in utf-8"),
        ("x,y,bin,a\n0,0,1,\"" + "z" * 140_000, r"d\.csv, line 2: cannot be read as cells: field larger"),
        ("x,y,bin,a\n0,0,1,\"b\nc\"\n", r"d\.csv, line 2: .* must close in its line"),
        ('x,y,"bin\n0,0,1\n', r"d\.csv, line 1: .* must close in its line"),
        ("x,y,bin\n0,0,1\n1,0,1\0\n", r"d\.csv, line 3: holds the control character '\\x00'"),
        ("x,y,bin\r\n0,0,1\r\n\r\n1,0,1\x1a", r"d\.csv, line 4: holds the control character '\\x1a'"),
        ("x,y,bin\n0,0,1\x85\n", r"d\.csv, line 2: holds the control character '\\x85'"),
        ("x,y,bin\n0,0,1\n1,0,1\u200b\n", r"d\.csv, line 3: bin is .*, with a character that cannot be seen"),
        ("x,y,bin".encode("utf-16")[:-1], r"d\.csv is no text in utf-16"),
        (LIST.encode("utf-16")[2:], r"d\.csv, line 1: holds the control character '\\x00'"),
        ("lot,x,y,bin\nA,0,0,1\n,1,0,2\n", r"line 3: lot is blank here and not in all lines; fill it in"),
        ("lot: A17\n\n" + LIST, r"The header seems to be line 3, and it must be the first: delete the lines"),
        ("lot;A17\nwafer;3\n" + LIST.replace(",", ";"), "The header seems to be line 3"),
    ],
)  # fmt: skip
def test_bad_lists(write, text, match):
    path = write(text)
    with pytest.raises(ValueError, match=match):
        read_die_list(path)
    if "no die list" not in match:
        with pytest.raises(ValueError, match=match):
            load_maps(path)


@pytest.mark.parametrize("far", ["1000000000,0", "0,-1000000000", "9007199254740991,-9007199254740991"])
def test_a_die_far_off_takes_no_memory(write, far):
    text = LIST + far + ",1\n2,6,1\n"
    with pytest.raises(
        ValueError, match=r"d\.csv, line 7: the die x = .* lies far from the middle of its wafer"
    ):
        read_die_list(write(text))


def test_many_wafers_with_two_dies_each_take_no_memory(write):
    text = "wafer,x,y,bin\n" + "".join(f"{w},0,0,1\n{w},3000,3000,2\n" for w in range(100))
    with pytest.raises(ValueError, match=r"lies far.*9\.01e\+08 cells for 200 lines, allowed are 1e\+07"):
        read_die_list(write(text))


def test_a_large_sparse_list_is_read(write, monkeypatch):
    text = "x,y,bin\n0,0,1\n9,9,2\n"
    monkeypatch.setattr(steps, "MOST_CELLS", 100)
    monkeypatch.setattr(steps, "MOST_CELLS_A_LINE", 0)
    assert read_die_list(write(text)).maps[0].shape == (10, 10)
    monkeypatch.setattr(steps, "MOST_CELLS", 99)
    with pytest.raises(ValueError, match="lies far"):
        read_die_list(write(text))
    monkeypatch.setattr(steps, "MOST_CELLS_A_LINE", 50)
    assert read_die_list(write(text)).maps[0].shape == (10, 10)


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"y_up": "False"}, "y_up='False' must be True, False or None"),
        ({"repeated": "first"}, "repeated='first' must be 'raise', 'last' or 'worst'"),
        ({"good_bins": ()}, r"good_bins=\(\).*pass bins that pass"),
        (
            {"good_bins": (1,), "no_die_bins": ("1",)},
            r"no_die_bins=\('1',\): pass bins that pass, and others",
        ),
        ({"columns": {"z": "x"}}, "columns has the key 'z'; known are x, y, bin, lot, wafer"),
        (
            {"columns": {"wafer": "W"}},
            r"without a column for wafer = 'W': its first line names 'x', 'y', 'bin'",
        ),
        ({"no_die_bins": (1, 3, 7)}, "pass bins that pass"),
        ({"good_bins": (2,), "no_die_bins": (1, 3, 7)}, r"d\.csv, d holds no die"),
    ],
)
def test_bad_options(write, options, match):
    with pytest.raises(ValueError, match=match):
        read_die_list(write(LIST), **options)


def test_a_missing_file(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"gone\.csv does not exist or is no file; pass a die list"):
        read_die_list(tmp_path / "gone.csv")


@pytest.mark.parametrize(("good_bins", "kind"), [((0,), "good"), ((1, 3, 7), "defective")])
def test_all_alike_is_a_doubt(write, good_bins, kind):
    for read in (read_die_list, load_maps):
        with pytest.warns(
            UserWarning,
            match=rf"d\.csv: no die is {kind} in 1 map\..*as good_bins; it was read as die list: x",
        ) as found:
            read(write(LIST), good_bins=good_bins)
        assert found[0].filename == __file__


@pytest.mark.parametrize(
    ("labels", "options", "match"),
    [
        ([], {}, r"labels have the shapes \[\], the maps \[\(2, 3\)\]"),
        ([MAP.T], {}, r"labels have the shapes \[\(3, 2\)\]"),
        ([MAP], {"names": ("x", "cluster")}, "the table has a column 'x' already"),
    ],
)
def test_results_must_fit(write, labels, options, match):
    with pytest.raises(ValueError, match=match):
        read_die_list(write(LIST)).with_clusters(labels, **options)


# --- KLARF ---------------------------------------------------------------------------------------

KLARF = """FileVersion 1 2;
FileTimestamp 07-07-24 00:01:59;
InspectionStationID "a; vendor" "A" "B";
LotID "L7";
DiePitch 1.0e+004 1.0e+004;
WaferID "W 3";
Slot 3;
ClassLookup 2
 0 "Unclassified"
 1 "a class without a second mark
;
InspectionTest 1;
SampleTestPlan 3
  -1 5
  1 5
  -1 6 ;
AreaPerTest 5.5e+010;
InspectionTest 2;
SampleTestPlan 2 0 6
  1 6;
DefectRecordSpec 7 DEFECTID XREL YREL XINDEX
  YINDEX IMAGECOUNT IMAGELIST ;
DefectList;
TiffFileName a.jpg;
DefectList
 1 5.5e3 4.4e3 0 6 1 1 1 0
 2 5.5e3 4.4e3 1 5 0 0
 3 5.5e3 4.4e3 0 6 2 2
 39 1 40 1
 4 1 1 0 6 0 0;
DefectList 5 1 1 1 5 0 0;
SummarySpec 5 TESTNO NDEFECT DEFDENSITY NDIE NDEFDIE ;
SummaryList
 1 5 0 5 2;
EndOfFile;
"""


def test_klarf(write):
    for name in ("k.000", "k.klarf", "k.txt", "k.csv", "k.123"):
        path = write(KLARF, name)
        maps = load_maps(path)
        assert same(maps, MAP[::-1])  # y grows upward
        assert maps.notes == ("KLARF: dies of SampleTestPlan, defective with any defect, y grows upward",)
    assert same(load_maps(path, y_up=False), MAP)
    dies = read_die_list(path, good_bins=[1])  # the default, said
    assert dies.names == ("lot L7, wafer W 3",)
    assert dies.table.columns.tolist() == ["lot", "wafer", "x", "y", "bin", "defects"]
    assert dies.table.defects.tolist() == [0, 2, 0, 3, 0]
    assert dies.with_clusters([np.where(MAP[::-1] == 2, 0, -1)]).kept.tolist() == [0, 1, 0, 1, 0]


def test_klarf_may_have_letters_of_latin_1(write):
    path = write(KLARF.replace("Unclassified", "5 µm").encode("latin-1"), "k.001")
    assert same(load_maps(path), MAP[::-1])


def test_klarf_with_several_wafers(write):
    begin, rest = KLARF.split("WaferID")
    wafer = "WaferID" + rest.replace("EndOfFile;\n", "")
    clean = 'WaferID "W4";\nSampleTestPlan 1\n 0 0;\nDefectList;\n'
    dies = read_die_list(write(begin + wafer + clean + wafer.replace("W 3", "W5") + "EndOfFile;"))
    assert dies.names == ("lot L7, wafer W 3", "lot L7, wafer W4", "lot L7, wafer W5")
    assert same(dies.maps, MAP[::-1], [[1]], MAP[::-1])


@pytest.mark.parametrize(
    ("old", "new", "match"),
    [
        ("FileVersion 1 2", "FileVersion 2 0", r"line 1: KLARF version 2; only version 1 is read"),
        (KLARF, 'Record FileRecord  "1.8"\n{\n}\nEndOfFile;', r"of the block format \(version 1\.8 or later"),
        ("EndOfFile;", "", r"does not end with EndOfFile; is it complete"),
        (" 1 5 0 5 2;\nEndOfFile;\n", "", r"does not end with EndOfFile"),
        ("SampleTestPlan 3", "SampleTestPlan 4",
         r"line 13: SampleTestPlan announces 4 dies and has 6 numbers"),
        ("SampleTestPlan 3", "SampleTestPlan -3", r"line 13: the number of dies is '-3'"),
        ("  -1 6 ;", "  -1 6.5 ;", r"line 16: y is '6\.5'"),
        ("SampleTestPlan", "Other",
         r"line 6: wafer 'W 3' has no SampleTestPlan|line 26: .*no SampleTestPlan"),
        ("DefectRecordSpec 7", "DefectRecordSpec 8",
         r"line 21: DefectRecordSpec must give the number of columns"),
        ("YINDEX", "YPLACE", r"line 21: DefectRecordSpec must .* XINDEX and YINDEX among them"),
        ("IMAGECOUNT IMAGELIST", "IMAGELIST IMAGECOUNT",
         r"line 21: DefectRecordSpec has columns after IMAGELIST"),
        ("DefectRecordSpec", "Other", r"line 25: DefectList comes before DefectRecordSpec"),
        (" 2 5.5e3 4.4e3 1 5 0 0", " 2 5.5e3 4.4e3 1 5 0",
         r"line 29: here or just above, a defect has not the 7 values"),
        (" 2 5.5e3 4.4e3 1 5 0 0", " 2 5.5e3 4.4e3 1 5 0 0 0",
         r"line 27: here or just above, a defect has not the 7 values"),
        (" 4 1 1 0 6 0 0;", " 4 1 1 0 6 0 3;", r"line 30: here or just above, a defect has not the 7 values"),
        (" 4 1 1 0 6 0 0;", " 4 1 1 0 6;", r"line 30: here or just above, a defect has not the 7 values"),
        (" 4 1 1 0 6 0 0;", " 4 1 1 0 6 0 -3;", r"line 30: IMAGELIST is '-3'"),
        (" 4 1 1 0 6 0 0;", " 4 1 1 0 x 0 0;", r"line 30: YINDEX is 'x'"),
        (" 4 1 1 0 6 0 0;", " 4 1 1 7 6 0 0;",
         r"line 30: wafer 'W 3' has a defect in the die x = 7, y = 6, which its SampleTestPlan does not"),
        ("  1 6;", "  1 1000000000;", r"line 20: the die x = 1, y = 1000000000 lies far"),
    ],
)  # fmt: skip
def test_bad_klarf(write, old, new, match):
    assert old in KLARF
    with pytest.raises(ValueError, match=r"k\.001.*" + f"({match})"):
        load_maps(write(KLARF.replace(old, new), "k.001"))


@pytest.mark.parametrize("option", [{"good_bins": (2,)}, {"no_die_bins": (3,)}, {"columns": {"x": "y"}}])
def test_klarf_has_no_bins(write, option):
    with pytest.raises(ValueError, match=r"k\.001 is a KLARF file, which has no bins"):
        load_maps(write(KLARF, "k.001"), **option)


def test_klarf_cut_anywhere_is_refused(write):
    whole = read_die_list(write(KLARF)).table
    end = KLARF.index("EndOfFile") + len("EndOfFile")
    for cut in range(end):
        with pytest.raises(ValueError, match=r"c\.000"):
            load_maps(write(KLARF[:cut], "c.000"))
    pd.testing.assert_frame_equal(read_die_list(write(KLARF[:end])).table, whole)
