"""An entry of the reference says what the code says: short values, whole sentences, no aliases."""

import subprocess
import sys
from pathlib import Path

import pytest

EXTENSIONS = Path(__file__).resolve().parents[1] / "book" / "_ext"
sys.path.insert(0, str(EXTENSIONS))
addnodes = pytest.importorskip("sphinx.addnodes", reason="the extra 'book' is not installed")
reference_entries = pytest.importorskip("reference_entries")


@pytest.mark.parametrize(("value", "shown"), [("= 7", True), ("= {" + "'a': 1, " * 30 + "}", False)])
def test_values(value, shown):
    heading = addnodes.desc_signature("", "", addnodes.desc_name("", "X"))
    heading += addnodes.desc_annotation("", ": " + "int | " * 30)
    heading += addnodes.desc_annotation("", " " + value)
    content = addnodes.desc_content()
    addnodes.desc("", heading, content)
    reference_entries.shorten(None, "py", "data", content)
    assert (value in heading.astext()) is shown
    assert "int | " in heading.astext()


def test_rendered(tmp_path):
    (tmp_path / "conf.py").write_text(
        f"import sys\nsys.path[:0] = [{str(EXTENSIONS)!r}, {str(tmp_path)!r}]\n"
        "extensions = ['sphinx.ext.autodoc', 'sphinx.ext.napoleon', 'reference_entries']\n"
        "napoleon_google_docstring = False\n"
        "autodoc_default_options = {'members': True}\n"
    )
    (tmp_path / "shown.py").write_text(
        "from dataclasses import dataclass\n"
        "from typing import NamedTuple\n"
        "#: What is compared: this, that.\n"
        "PAIR = 2\n"
        "class Ends(NamedTuple):\n"
        '    """The ends: low and high."""\n'
        "    low: float\n"
        "    high: float\n"
        "@dataclass\n"
        "class Kept:\n"
        '    """A record.\n\n    Attributes\n    ----------\n'
        '    width : int\n        In pixels: whole ones.\n    """\n'
        "    width: int = 1\n"
    )
    (tmp_path / "index.rst").write_text("Shown\n=====\n\n.. automodule:: shown\n")
    subprocess.run([sys.executable, "-m", "sphinx", "-qWb", "text", tmp_path, tmp_path / "out"], check=True)
    text = (tmp_path / "out" / "index.txt").read_text()
    assert "What is compared: this, that." in text
    assert "Alias" not in text
    assert "The ends: low and high." in text
    assert "width" in text
    assert "In pixels: whole ones." in text
    assert text.count("Type:") == 1
