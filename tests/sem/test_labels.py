"""The table of labels: what is matched, and every fault with its line."""

import pytest

from semlib.sem._labels import LabelTable, has_columns, other_separator, read_labels

NAMES = ["a.png", "sub/b.png", "sub/c.png"]
HEADER = "image_path;file_name;label\n"


@pytest.fixture
def table(tmp_path):
    """A function that writes a CSV into the images' folder, or into a folder beside it."""

    def write(text, where="images/labels.csv", **options):
        path = tmp_path / where
        path.parent.mkdir(exist_ok=True, parents=True)
        path.write_bytes(text.encode(**options))
        return path, tmp_path / "images", NAMES

    return write


@pytest.mark.parametrize("where", ["images/labels.csv", "labels.csv", "tables/labels.csv"])
def test_image_path_is_relative_to_the_images(table, where):
    rows = "a.png;;1\nsub/b.png;;2\nsub\\c.png;;-3\n"
    expected = LabelTable({"a.png": 1, "sub/b.png": 2, "sub/c.png": -3}, [])
    assert read_labels(*table(HEADER + rows, where)) == expected


def test_image_path_is_relative_to_the_table(table):
    rows = "../../images/a.png;;1\n../../images/sub/b.png;;2\n"
    assert read_labels(*table(HEADER + rows, "tables/of/labels.csv")).labels == {"a.png": 1, "sub/b.png": 2}


def test_file_name_is_the_second_choice(table):
    rows = "elsewhere/b.png;b.png;2\na.png;c.png;1\n"  # in the second row image_path wins
    assert read_labels(*table(HEADER + rows)).labels == {"sub/b.png": 2, "a.png": 1}


def test_one_of_the_two_columns_is_enough(table):
    assert read_labels(*table("file_name;label\nc.png;5\n")).labels == {"sub/c.png": 5}
    assert read_labels(*table("label;more;image_path\n5;x;sub/c.png\n")).labels == {"sub/c.png": 5}


def test_windows_and_spreadsheet_habits(table):
    text = '\ufeffimage_path;file_name;label\r\n"a.png";""; 4 \r\n;;\r\n'
    assert read_labels(*table(text)) == LabelTable({"a.png": 4}, [])


@pytest.mark.parametrize("mark", ["\t", ";"])
@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_excels_unicode_text(table, encoding, mark):
    text = "\ufeffimage_path;file_name;label\r\na.png;ä;4\r\n".replace(";", mark)
    found = table(text, encoding=encoding)
    assert read_labels(*found) == LabelTable({"a.png": 4}, [])
    assert has_columns(found[0])
    assert other_separator(found[0]) is None


def test_labels_for_missing_files_are_listed(table):
    assert read_labels(*table(HEADER + "a.png;a.png;1\nx.png;x.png;2\n;y.png;3\n")) == LabelTable(
        {"a.png": 1}, ["x.png", "y.png"]
    )


def test_an_equal_file_name_in_two_folders_is_ambiguous(table):
    path, folder, _ = table(HEADER + ";d.png;1\n")
    with pytest.raises(
        ValueError, match=r"line 2: file_name 'd.png' fits 2 images, such as d.png, e/d.png; give"
    ):
        read_labels(path, folder, ["e/d.png", "d.png"])


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (
            "image_path,file_name,label\na.png,a.png,1\n",
            "is not separated by ';'.*write it with ';'",
        ),
        ("image_path\tlabel\na.png\t1\n", "is not separated by ';'"),
        (
            "image_path;file_name\na.png;a.png\n",
            "has the columns .*'file_name'.; it needs image_path;file_name;label",
        ),
        ("label;class\n1;2\n", "has the columns .*; it needs image_path"),
        ("", r"has the columns \[\]; it needs image_path"),
        (HEADER, "names no image"),
        (HEADER + "a.png;a.png;1.0\n", "line 2: label '1.0' is not an integer"),
        (HEADER + "a.png;a.png;1\nsub/b.png;b.png;\n", "line 3: label '' is not an integer"),
        (HEADER + "a.png;a.png;particle\n", "line 2: label 'particle' is not an integer"),
        (HEADER + "a.png;a.png;1_0\n", "line 2: label '1_0' is not an integer"),
        (HEADER + "a.png;a.png;٣\n", "line 2: label '٣' is not an integer"),
        (HEADER + f"a.png;a.png;{2**63}\n", f"line 2: label '{2**63}' does not fit 64 bits"),
        (HEADER + f"a.png;a.png;{'9' * 5000}\n", r"line 2: label '9{40}… \(5,000 .*' does not fit 64 bits"),
        (HEADER + f"a.png;a.png;{'x' * 5000}\n", r"line 2: label 'x{40}… \(5,000 .*' is not an integer"),
        (HEADER + "a.png;a.png\n", "line 2: 2 fields, and 3 columns"),
        (HEADER + "a.png;a.png;1;2\n", "line 2: 4 fields, and 3 columns"),
        (HEADER + "a.png;;1\nsub/b.png;;1\n;a.png;1\n", "lines 2 and 4 both name a.png; remove one"),
        (HEADER + "x.png;;1\nx.png;;2\n", "lines 2 and 3 both name x.png"),
        (HEADER + '"a.png;;1\n', "is no CSV in UTF-8"),
    ],
)
def test_faults_are_named(table, text, says):
    with pytest.raises(ValueError, match=rf"labels\.csv.*{says}"):
        read_labels(*table(text))


def test_another_encoding_and_a_missing_table(table, tmp_path):
    with pytest.raises(ValueError, match="is no CSV in UTF-8"):
        read_labels(*table(HEADER + "ä.png;ä.png;1\n", encoding="latin-1"))
    path, *others = table("\ufeff" + HEADER + "a.png;;1\n", encoding="utf-16-le")
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(ValueError, match="is no CSV in UTF-8, or in UTF-16 with its mark"):
        read_labels(path, *others)
    with pytest.raises(FileNotFoundError, match=r"labels_csv=.*none.csv is no file"):
        read_labels(tmp_path / "none.csv", tmp_path, NAMES)


def test_the_largest_labels(table):
    rows = f"a.png;;{2**63 - 1}\nsub/b.png;;-{2**63}\n"
    assert read_labels(*table(HEADER + rows)).labels == {"a.png": 2**63 - 1, "sub/b.png": -(2**63)}


def test_file_name_without_suffix(table):
    rows = "x/b;b;2\n;c;3\n"
    text = "image_path;filename;label\n" + rows
    assert read_labels(*table(text)) == LabelTable({"sub/b.png": 2, "sub/c.png": 3}, [])
    path, folder, _ = table(HEADER + ";d.png;1\n")  # a whole name comes first
    assert read_labels(path, folder, ["d.png", "d.png.tif"]).labels == {"d.png": 1}
    path, folder, _ = table(HEADER + ";d;1\n")
    with pytest.raises(ValueError, match=r"line 2: file_name 'd' fits 2 images, such as d.png, d.tif"):
        read_labels(path, folder, ["d.png", "d.tif"])


@pytest.mark.parametrize("folder", ["images", ".", "elsewhere"])
def test_masks(table, tmp_path, folder):
    """A mask is looked for beside the table, in the folder above it, and in the images' folder."""
    where = {"images": "images/labels.csv", ".": "data/labels.csv", "elsewhere": "elsewhere/labels.csv"}
    mask = tmp_path / folder / "masks" / "a.png"
    mask.parent.mkdir(parents=True)
    mask.write_bytes(b"")
    text = "image_path;mask_path;filename;label\na.png;masks\\a.png;a;1\nsub/b.png;masks/b.png;b;2\n"
    found = read_labels(*table(text, where[folder]))
    assert found.labels == {"a.png": 1, "sub/b.png": 2}
    assert found.masks["a.png"].samefile(mask)
    assert found.masks["sub/b.png"].name == "b.png"
    assert not found.masks["sub/b.png"].exists()


def test_a_row_without_mask(table):
    text = "image_path;mask_path;filename;label\na.png;m.png;a;1\nsub/b.png; ;b;2\n"
    with pytest.raises(ValueError, match=r"labels.csv, line 3: no mask_path; give sub/b.png a mask"):
        read_labels(*table(text))


def test_other_separator(table):
    for text, mark in (("a,b\n", ","), ("a\tb\n", "\t"), ("a|b", "|"), ("a;b,c\n", None), ("a\n", None)):
        assert other_separator(table(text)[0]) == mark


def test_has_columns(table):
    assert has_columns(table("image_path;mask_path;filename;label\r\n")[0])
    assert has_columns(table("\ufefflabel;image_path;file_name\n")[0])
    assert not has_columns(table("label,image_path,file_name\n")[0])
    assert not has_columns(table("label;image_path\n")[0])
    assert not has_columns(table("ä", encoding="latin-1")[0])
