"""Show figures as lossless WebP: every pixel as in the notebook, in half the bytes of PNG.

The notebooks keep PNG, which every viewer of notebooks shows.
"""

from __future__ import annotations

from pathlib import Path

from PIL import Image
from sphinx.transforms.post_transforms.images import BaseImageConverter

X_RESOLUTION, Y_RESOLUTION, UNIT, INCH = 282, 283, 296, 2  # of EXIF


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
    """Write the image without loss, with its dots per inch; an opaque one without its alpha."""
    with Image.open(source) as image:
        exif = Image.Exif()
        if "dpi" in image.info:
            exif.update({X_RESOLUTION: image.info["dpi"][0], Y_RESOLUTION: image.info["dpi"][1], UNIT: INCH})
        if image.mode == "RGBA" and image.getchannel("A").getextrema() == (255, 255):
            image = image.convert("RGB")
        image.save(target, "WEBP", lossless=True, quality=100, method=4, exact=True, exif=exif)


def setup(app):
    app.add_post_transform(PngToWebP)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
