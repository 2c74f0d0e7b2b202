"""Tables that a notebook's cell shows get a number and a caption, as figures do.

    # %% mystnb={"table": {"name": "tbl-scores", "caption": "Silhouette of each method."}}

The prose refers to it as {numref}`tbl-scores`. MyST-NB numbers figures only.
"""

from __future__ import annotations

from docutils import nodes
from docutils.core import publish_doctree
from myst_parser.parsers.docutils_ import Parser
from sphinx.errors import ExtensionError
from sphinx.transforms import SphinxTransform


class numbered_table(nodes.General, nodes.Element):
    """The output of a cell with a caption above it, counted with the tables."""


class NumberTables(SphinxTransform):
    """Wrap what the cell shows. Before Sphinx collects labels (850), and the caption's formulas (500)."""

    default_priority = 300

    def apply(self, **kwargs) -> None:
        for cell in list(self.document.findall(nodes.container)):
            options = cell.get("cell_metadata", {}).get("mystnb", {}).get("table")
            if options:
                self.wrap(cell, options)

    def wrap(self, cell: nodes.container, options: dict[str, str]) -> None:
        if set(options) != {"name", "caption"} or not options["name"].startswith("tbl-"):
            raise ExtensionError(
                f"{self.document['source']}: a cell's table={options} needs a name 'tbl-…' and a caption"
            )
        shown = [  # glued values are outputs too, and show nothing
            bundle
            for bundle in cell.findall(nodes.container)
            if bundle.get("nb_element") == "mime_bundle"
            and any(part.get("mime_type") in ("text/html", "text/plain") for part in bundle.children)
        ]
        if not shown:
            raise ExtensionError(f"{self.document['source']}: the cell of {options['name']} shows no table")
        # by "cell_output" the theme knows an output that scrolls, and lets the keyboard reach it
        classes = ["numbered-table", "cell_output"]
        table = numbered_table("", caption(options["caption"]), classes=classes)
        table["names"].append(options["name"])
        self.document.note_explicit_target(table, table)
        shown[-1].replace_self(table)
        table += [nodes.raw("", "</figcaption>", format="html"), shown[-1]]


def caption(text: str) -> nodes.caption:
    """Return the text as a caption; it may hold formulas, code and emphasis."""
    settings = {"myst_enable_extensions": ["dollarmath"], "report_level": 5, "doctitle_xform": False}
    paragraph = publish_doctree(text, parser=Parser(), settings_overrides=settings).children[0]
    return nodes.caption(text, "", *paragraph.children)


def visit(writer, node) -> None:
    # docutils closes a figcaption with its figure: a caption above would hold the table, too
    writer.body.append(writer.starttag(node, "figure", "<figcaption>"))


def depart(writer, node) -> None:
    writer.body.append("</figure>\n")


def nothing(writer, node) -> None:
    """LaTeX is not asked for; its writer must know the node."""


def setup(app):
    app.add_enumerable_node(numbered_table, "table", html=(visit, depart), latex=(nothing, nothing))
    app.add_transform(NumberTables)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
