"""The papers a resident hands in: a photograph and a document, each bearing a marker."""

import io
from dataclasses import dataclass

from PIL import ExifTags, Image, PngImagePlugin

_SIDE = 96


@dataclass(frozen=True)
class Papers:
    """A marker, and files that carry it where a careless platform would keep it readable."""

    marker: str

    @property
    def photo(self) -> bytes:
        """A PNG with the marker in EXIF, in a comment and in its pixels."""
        row = f"{self.marker}-pixels ".encode() * _SIDE
        picture = Image.frombytes("RGB", (_SIDE, _SIDE), (row * _SIDE)[: _SIDE * _SIDE * 3])
        exif = Image.Exif()
        exif[ExifTags.Base.ImageDescription] = f"{self.marker}-exif"
        comment = PngImagePlugin.PngInfo()
        comment.add_text("Comment", f"{self.marker}-comment")
        written = io.BytesIO()
        picture.save(written, "PNG", exif=exif, pnginfo=comment, compress_level=0)
        return written.getvalue()

    @property
    def document(self) -> bytes:
        """A PDF of one empty page with the marker in a comment."""
        return _PDF.replace(b"%marker", f"%{self.marker}-document".encode())

    def survives(self, content: bytes) -> bool:
        """Whether a photograph that came back shows the marker and has lost what was hidden."""
        with Image.open(io.BytesIO(content)) as picture:
            shown = f"{self.marker}-pixels".encode() in picture.convert("RGB").tobytes()
            hidden = bool(picture.getexif()) or bool(getattr(picture, "text", None))
        return shown and not hidden and f"{self.marker}-".encode() not in content


_PDF = b"""%PDF-1.4
%marker
1 0 obj <</Type /Catalog /Pages 2 0 R>> endobj
2 0 obj <</Type /Pages /Kids [3 0 R] /Count 1>> endobj
3 0 obj <</Type /Page /Parent 2 0 R /MediaBox [0 0 200 200]>> endobj
trailer <</Root 1 0 R>>
%%EOF
"""
