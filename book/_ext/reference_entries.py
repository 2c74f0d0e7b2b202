"""Three things that autodoc and napoleon do to an entry of the reference, undone.

A constant's value takes sheets where it is a table of options: it is shown where it fits a line. Napoleon
takes a constant's "What is compared: this, that" for a type and its meaning, and tears it in two. A named
tuple's field gets the entry "Alias for field number 0", and no word of what it holds: the class says that.
"""

from __future__ import annotations

from sphinx import addnodes

LONGEST = 100  # characters
_COLON, _STAND_IN = ":", "\ufe55"
_BEFORE, _AFTER = 400, 600  # napoleon listens at 500


def shorten(app, domain: str, kind: str, content: addnodes.desc_content) -> None:
    """Take values that are too long from the headings of an object's description."""
    for heading in content.parent.findall(addnodes.desc_signature):
        for part in list(heading.findall(addnodes.desc_annotation)):
            text = part.astext().strip()
            if text.startswith("=") and len(text) > LONGEST:
                part.parent.remove(part)


def hide_colons(app, what: str, name: str, obj, options, lines: list[str]) -> None:
    """Keep a constant's colons from napoleon."""
    if what == "data":
        lines[:] = [line.replace(_COLON, _STAND_IN) for line in lines]


def show_colons(app, what: str, name: str, obj, options, lines: list[str]) -> None:
    """Put them back."""
    if what == "data":
        lines[:] = [line.replace(_STAND_IN, _COLON) for line in lines]


def skip_aliases(app, what: str, name: str, obj, skip: bool, options) -> bool | None:
    """Leave out the fields of a named tuple that have no docstring of their own."""
    return True if (getattr(obj, "__doc__", None) or "").startswith("Alias for field number") else None


def setup(app):
    app.connect("object-description-transform", shorten)
    app.connect("autodoc-process-docstring", hide_colons, priority=_BEFORE)
    app.connect("autodoc-process-docstring", show_colons, priority=_AFTER)
    app.connect("autodoc-skip-member", skip_aliases)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
