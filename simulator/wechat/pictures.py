"""The picture and the sound that people send when a test gives none of its own."""

import io

from PIL import Image, ImageDraw

SILENCE = b"#!AMR\n" + bytes.fromhex("7c000000000000000000000000") * 25
SIZE = (480, 320)


def landscape() -> bytes:
    """Draw a small JPEG: sky, a field, a road with a hole in it."""
    picture = Image.new("RGB", SIZE, "#cfe4f5")
    pen = ImageDraw.Draw(picture)
    pen.rectangle((0, 170, *SIZE), fill="#8fb573")
    pen.polygon([(200, 170), (280, 170), (440, 320), (40, 320)], fill="#8b8b8b")
    pen.ellipse((190, 240, 290, 285), fill="#4a4038")
    written = io.BytesIO()
    picture.save(written, "JPEG", quality=80)
    return written.getvalue()
