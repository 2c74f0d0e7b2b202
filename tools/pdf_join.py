"""Join printed pages of the book into one PDF: outline, page labels, and links that stay inside."""

from __future__ import annotations

import io
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import unquote, urldefrag

import address
from pypdf import PdfReader, PdfWriter
from pypdf.constants import PageLabelStyle
from pypdf.generic import ArrayObject, Fit, FloatObject, NameObject, NullObject, TextStringObject

ROOT_PAGE = "book/index"


@dataclass(frozen=True)
class Printed:
    """A page of the book as Chromium printed it.

    Attributes
    ----------
    name, title, part : str
        As in ``_toc.yml``; the title is that of the page.
    pdf : bytes
    headings : tuple of (level, text, id)
        The sections below the title.
    """

    name: str
    title: str
    part: str
    pdf: bytes
    headings: tuple[tuple[int, str, str], ...] = ()

    @cached_property
    def reader(self) -> PdfReader:
        return PdfReader(io.BytesIO(self.pdf))

    @property
    def sheets(self) -> int:
        return len(self.reader.pages)

    @cached_property
    def anchors(self) -> dict[str, tuple[int, float]]:
        """Where each id stands: the sheet, from 0 on, and the height in points."""
        found = self.reader.named_destinations.items()
        return {
            unquote(name.removeprefix("/")): (self.reader.get_destination_page_number(at), float(at.top or 0))
            for name, at in found
        }


def join(pages: list[Printed], front: bytes, served: str, home: str) -> PdfWriter:
    """Return the book of these pages.

    Parameters
    ----------
    pages : list of Printed
    front : bytes
        The PDF of the title page and the contents; its sheets get roman numbers.
    served : str
        The address that the pages were printed from. Links there go to the sheet of that page in the book,
        else to the same page below ``home``.
    home : str
        The book's public address. Where it is still the placeholder, such a link is taken away.
    """
    writer = PdfWriter()
    cover = PdfReader(io.BytesIO(front))
    starts, count = {}, len(cover.pages)
    for page in pages:
        starts[page.name], count = count, count + page.sheets
    for reader in (cover, *(page.reader for page in pages)):
        for sheet in reader.pages:
            writer.add_page(sheet)
    sheets = list(writer.pages)
    places = {page.name: page for page in pages}

    def place(name: str, anchor: str) -> ArrayObject | None:
        """The destination of a page of the book, at an id where that is known."""
        if name not in places:
            return None
        number, top = places[name].anchors.get(anchor, (0, None)) if anchor else (0, None)
        height = NullObject() if top is None else FloatObject(top)
        to = sheets[starts[name] + number].indirect_reference
        return ArrayObject([to, NameObject("/XYZ"), NullObject(), height, NullObject()])

    owners = [""] * len(cover.pages) + [page.name for page in pages for _ in range(page.sheets)]
    for sheet, owner in zip(sheets, owners, strict=True):
        kept = []
        for link in sheet.get("/Annots", ArrayObject()):
            if _led(link.get_object(), owner, place, served, home):
                kept.append(link)
        if "/Annots" in sheet:
            sheet[NameObject("/Annots")] = ArrayObject(kept)
    _outline(writer, pages, starts)
    writer.set_page_label(0, len(cover.pages) - 1, style=PageLabelStyle.LOWERCASE_ROMAN)
    writer.set_page_label(len(cover.pages), len(sheets) - 1, style=PageLabelStyle.DECIMAL, start=1)
    writer.page_mode = "/UseOutlines"
    writer.root_object[NameObject("/Lang")] = TextStringObject("en")
    writer.compress_identical_objects(remove_duplicates=True, remove_unreferenced=True)
    return writer


def _led(link, owner: str, place, served: str, home: str) -> bool:
    """Lead a link to its place in the book; False where it leads nowhere."""
    to = None
    if "/Dest" in link:
        to = place(owner, unquote(str(link["/Dest"]).removeprefix("/")))
    elif uri := str(link.get("/A", {}).get("/URI", "")):
        if not uri.startswith(served):
            return True
        path, anchor = urldefrag(uri.removeprefix(served))
        name = unquote(path).removesuffix(".html").partition("?")[0]
        to = place(ROOT_PAGE if name in ("", "index") else name, unquote(anchor))
        if to is None and address.PLACEHOLDER not in home:
            link["/A"][NameObject("/URI")] = TextStringObject(home + uri.removeprefix(served))
            return True
    if to is None:
        return False
    link.pop("/A", None)
    link[NameObject("/Dest")] = to
    return True


def _outline(writer: PdfWriter, pages: list[Printed], starts: dict[str, int]) -> None:
    """Bookmarks: parts, pages, sections."""
    part = last = None
    for page in pages:
        first = starts[page.name]
        if page.part != last:
            part = (
                writer.add_outline_item(title=page.part, page_number=first, bold=True, is_open=False)
                if page.part
                else None
            )
            last = page.part
        above = {1: writer.add_outline_item(title=page.title, page_number=first, parent=part, is_open=False)}
        for level, text, anchor in page.headings:
            if anchor not in page.anchors:
                continue
            number, top = page.anchors[anchor]
            parent = above.get(level - 1, above[1])
            fit = Fit.xyz(left=None, top=top, zoom=None)
            item = writer.add_outline_item(
                text, page_number=first + number, parent=parent, fit=fit, is_open=False
            )
            above[level] = item
