"""What readers need who hear a page: a text for each figure, and no lists that are none.

- A figure without a text of its own gets the first sentence of its caption; Sphinx would give a file's name.
- docutils calls the literature a list, though its children are no items.
"""

from __future__ import annotations

import re

from docutils import nodes

_END = re.compile(r"(?<=[.!?])\s+(?=[A-Z])")


def first_sentence(text: str) -> str:
    """Return the first sentence; a full stop ends it where a capital follows."""
    return _END.split(" ".join(text.split()), maxsplit=1)[0]


def name_figures(app, doctree, docname) -> None:
    """Give each image without a text the first sentence of its caption, else the name of its section."""
    for image in doctree.findall(nodes.image):
        if image.get("alt"):
            continue
        parent = image.parent
        while parent is not None and not isinstance(parent, (nodes.figure, nodes.section, nodes.document)):
            parent = parent.parent
        kind = nodes.caption if isinstance(parent, nodes.figure) else nodes.title
        words = next(parent.findall(kind), None) if parent is not None else None
        image["alt"] = first_sentence(words.astext()) if words is not None else "figure"


def no_false_lists(app, pagename, templatename, context, doctree) -> None:
    """Take the role of a list from the literature."""
    if "body" in context:
        context["body"] = context["body"].replace('<div role="list" class="cit', '<div class="cit')


def setup(app):
    app.connect("doctree-resolved", name_figures)
    app.connect("html-page-context", no_false_lists)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
