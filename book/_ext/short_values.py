"""The reference shows a constant's value where it fits a line; a table of options, as text, takes sheets."""

from __future__ import annotations

from sphinx import addnodes

LONGEST = 100  # characters


def shorten(app, domain: str, kind: str, content: addnodes.desc_content) -> None:
    """Take values that are too long from the headings of an object's description."""
    for heading in content.parent.findall(addnodes.desc_signature):
        for part in list(heading.findall(addnodes.desc_annotation)):
            text = part.astext().strip()
            if text.startswith("=") and len(text) > LONGEST:
                part.parent.remove(part)


def setup(app):
    app.connect("object-description-transform", shorten)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
