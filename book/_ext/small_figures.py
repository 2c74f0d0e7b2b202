"""Show figures as WebP, in half the bytes of PNG or less.

Drawings are kept without loss. A figure of photographs is not where that takes much more: it has two pixels
for each of the page's, so that the difference is not seen. Its size on the page is in the notebook; Sphinx
links what is shown smaller to its file, which a reader on a phone can open. The notebooks keep PNG, which
every viewer of notebooks shows.
"""

from __future__ import annotations

import io
from pathlib import Path

from PIL import Image
from sphinx.transforms.post_transforms.images import BaseImageConverter

X_RESOLUTION, Y_RESOLUTION, UNIT, INCH = 282, 283, 296, 2  # of EXIF
LARGE = 60_000  # bytes; what drawings seldom need


class PngToWebP(BaseImageConverter):
    """Point each image node that shows a PNG to its WebP."""

    default_priority = 300  # after Sphinx's own converters

    def match(self, node) -> bool:
        return self.app.builder.format == "html" and node.get("uri", "").endswith(".png")

    def handle(self, node) -> None:
        source = Path(self.app.srcdir) / node["uri"]
        target = (Path(self.imagedir) / "webp" / node["uri"]).with_suffix(".webp")
        target.parent.mkdir(parents=True, exist_ok=True)
        if not target.exists() or target.stat().st_mtime <= source.stat().st_mtime:
            save_small(source, target)
        node["candidates"] = {"*": str(target)}
        node["uri"] = str(target)
        self.env.original_image_uri[str(target)] = str(source)
        self.env.images.add_file(self.env.docname, str(target))


def save_small(source: Path, target: Path) -> None:
    """Write the image with its dots per inch; an opaque one without its alpha."""
    with Image.open(source) as image:
        exif = Image.Exif()
        if "dpi" in image.info:
            exif.update({X_RESOLUTION: image.info["dpi"][0], Y_RESOLUTION: image.info["dpi"][1], UNIT: INCH})
        if image.mode == "RGBA" and image.getchannel("A").getextrema() == (255, 255):
            image = image.convert("RGB")
        data = _webp(image, exif, lossless=True, quality=100, exact=True)
        if len(data) > LARGE and len(lossy := _webp(image, exif, quality=90)) < 0.6 * len(data):
            data = lossy
    target.write_bytes(data)


def _webp(image: Image.Image, exif: Image.Exif, **options) -> bytes:
    file = io.BytesIO()
    image.save(file, "WEBP", method=4, exif=exif, **options)
    return file.getvalue()


def setup(app):
    app.add_post_transform(PngToWebP)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
