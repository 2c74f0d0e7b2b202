"""A constant's value stands in the reference where it fits a line."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "book" / "_ext"))
addnodes = pytest.importorskip("sphinx.addnodes", reason="the extra 'book' is not installed")
short_values = pytest.importorskip("short_values")


@pytest.mark.parametrize(("value", "shown"), [("= 7", True), ("= {" + "'a': 1, " * 30 + "}", False)])
def test_values(value, shown):
    heading = addnodes.desc_signature("", "", addnodes.desc_name("", "X"))
    heading += addnodes.desc_annotation("", ": " + "int | " * 30)
    heading += addnodes.desc_annotation("", " " + value)
    content = addnodes.desc_content()
    addnodes.desc("", heading, content)
    short_values.shorten(None, "py", "data", content)
    assert (value in heading.astext()) is shown
    assert "int | " in heading.astext()
