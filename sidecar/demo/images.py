"""Pictures of the products, drawn here and now: small PNGs (mail programs show no SVG) of simple shapes."""

from __future__ import annotations

import struct
import zlib
from functools import cache

SIZE = 320
_Colour = tuple[int, int, int]
# A shape is ("disc", cx, cy, radius, colour) or ("box", left, top, right, bottom, colour), on a 100 by 100 field.
_Shape = tuple[object, ...]

INK: _Colour = (38, 40, 46)
WOOD: _Colour = (166, 116, 74)
STEEL: _Colour = (196, 202, 208)
PALE: _Colour = (236, 232, 224)
TEAL: _Colour = (42, 112, 120)
RED: _Colour = (186, 64, 52)
GOLD: _Colour = (214, 168, 76)

_GROUNDS: tuple[_Colour, ...] = ((239, 233, 222), (226, 234, 236), (236, 228, 232), (229, 236, 226))


def _record(label: _Colour, size: int = 34) -> list[_Shape]:
    return [("disc", 50, 50, size, INK), ("disc", 50, 50, size * 0.72, (52, 54, 62)), ("disc", 50, 50, size * 0.68, INK),
            ("disc", 50, 50, size * 0.34, label), ("disc", 50, 50, 2, PALE)]


_DRAWINGS: dict[str, list[_Shape]] = {
    "turntable": [("box", 12, 22, 88, 80, WOOD), ("disc", 43, 51, 25, STEEL), ("disc", 43, 51, 23, INK),
                  ("disc", 43, 51, 8, RED), ("disc", 43, 51, 1.5, PALE), ("disc", 77, 32, 6, STEEL),
                  ("box", 75, 32, 79, 66, STEEL), ("box", 70, 62, 79, 70, INK)],
    "direct-drive": [("box", 12, 22, 88, 80, INK), ("disc", 43, 51, 25, STEEL), ("disc", 43, 51, 22, (70, 72, 80)),
                     ("disc", 43, 51, 8, TEAL), ("disc", 43, 51, 1.5, PALE), ("disc", 77, 32, 6, STEEL),
                     ("box", 75, 32, 79, 66, STEEL), ("box", 82, 40, 85, 72, STEEL)],
    "cartridge": [("box", 32, 20, 68, 30, STEEL), ("box", 36, 30, 64, 62, TEAL), ("box", 44, 62, 56, 72, INK),
                  ("box", 49, 72, 51, 84, STEEL), ("disc", 42, 25, 2, INK), ("disc", 58, 25, 2, INK)],
    "phono-stage": [("box", 16, 40, 84, 68, INK), ("disc", 30, 54, 6, STEEL), ("disc", 50, 54, 3, GOLD),
                    ("disc", 62, 54, 3, GOLD), ("disc", 74, 54, 3, RED)],
    "amplifier": [("box", 10, 30, 90, 72, STEEL), ("box", 12, 32, 88, 70, (60, 63, 70)), ("disc", 72, 51, 13, STEEL),
                  ("disc", 72, 51, 11, INK), ("disc", 28, 51, 5, STEEL), ("disc", 42, 51, 5, STEEL),
                  ("box", 20, 74, 30, 78, INK), ("box", 70, 74, 80, 78, INK)],
    "speakers": [("box", 12, 20, 44, 82, WOOD), ("disc", 28, 36, 7, INK), ("disc", 28, 61, 13, INK),
                 ("disc", 28, 61, 6, STEEL), ("box", 56, 20, 88, 82, WOOD), ("disc", 72, 36, 7, INK),
                 ("disc", 72, 61, 13, INK), ("disc", 72, 61, 6, STEEL)],
    "floorstanders": [("box", 20, 8, 44, 92, INK), ("disc", 32, 20, 6, STEEL), ("disc", 32, 42, 9, STEEL),
                      ("disc", 32, 66, 9, STEEL), ("box", 56, 8, 80, 92, INK), ("disc", 68, 20, 6, STEEL),
                      ("disc", 68, 42, 9, STEEL), ("disc", 68, 66, 9, STEEL)],
    "headphones": [("disc", 50, 48, 34, INK), ("disc", 50, 48, 28, PALE), ("box", 10, 56, 90, 92, PALE),
                   ("box", 14, 46, 30, 78, TEAL), ("box", 70, 46, 86, 78, TEAL)],
    "headphone-amp": [("box", 24, 36, 76, 70, STEEL), ("disc", 60, 53, 10, INK), ("disc", 38, 53, 5, INK),
                      ("disc", 38, 53, 2, GOLD)],
    "brush": [("box", 18, 40, 82, 52, WOOD), ("box", 20, 52, 80, 66, INK)],
    "stylus-care": [("box", 40, 26, 60, 36, INK), ("box", 34, 36, 66, 80, TEAL), ("box", 38, 50, 62, 66, PALE)],
    "sleeves": [("box", 22, 20, 78, 76, PALE), ("box", 26, 24, 82, 80, STEEL), ("disc", 54, 52, 20, PALE),
                ("disc", 54, 52, 4, INK)],
    "cable": [("disc", 50, 50, 32, RED), ("disc", 50, 50, 26, PALE), ("disc", 50, 50, 20, RED), ("disc", 50, 50, 14, PALE),
              ("box", 66, 70, 90, 76, GOLD)],
    "record-red": _record(RED), "record-teal": _record(TEAL), "record-gold": _record(GOLD),
    "mat": [("disc", 50, 50, 36, (110, 96, 84)), ("disc", 50, 50, 2.5, PALE)],
    "gift-card": [("box", 14, 30, 86, 72, TEAL), ("box", 14, 44, 86, 50, GOLD), ("disc", 70, 47, 6, GOLD)],
}


@cache
def png(name: str) -> bytes | None:
    """The picture called `name` ("turntable.png") as PNG bytes, or None when there is none."""
    drawing = _DRAWINGS.get(name.removesuffix(".png"))
    if drawing is None:
        return None
    ground = _GROUNDS[sum(name.encode()) % len(_GROUNDS)]
    rows = [bytearray(bytes(ground) * SIZE) for _ in range(SIZE)]
    for shape in drawing:
        # PALE shapes that cut holes take the ground's colour.
        _draw(rows, shape, ground)
    raw = b"".join(b"\x00" + bytes(row) for row in rows)
    header = struct.pack(">IIBBBBB", SIZE, SIZE, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", zlib.compress(raw, 9)) + _chunk(b"IEND", b"")


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def _draw(rows: list[bytearray], shape: _Shape, ground: _Colour) -> None:
    scale = SIZE / 100
    colour = shape[-1]
    assert isinstance(colour, tuple)
    paint: _Colour = ground if colour is PALE and shape[0] == "disc" and float(str(shape[3])) > 10 else colour
    numbers = [float(str(value)) * scale for value in shape[1:-1]]
    if shape[0] == "box":
        left, top, right, bottom = numbers
        for y in range(int(top), min(SIZE, int(bottom))):
            _span(rows[y], left, right, paint)
        return
    cx, cy, radius = numbers
    for y in range(max(0, int(cy - radius)), min(SIZE, int(cy + radius) + 1)):
        reach = radius * radius - (y + 0.5 - cy) ** 2
        if reach > 0:
            _span(rows[y], cx - reach ** 0.5, cx + reach ** 0.5, paint)


def _span(row: bytearray, left: float, right: float, colour: _Colour) -> None:
    """Paints from left to right, with soft ends."""
    first, last = int(left) + 1, int(right)
    if first < last:
        row[first * 3:last * 3] = bytes(colour) * (last - first)
    for x, share in ((first - 1, first - left), (last, right - last)):
        if 0 <= x < SIZE:
            for channel in range(3):
                was = row[x * 3 + channel]
                row[x * 3 + channel] = round(was + (colour[channel] - was) * max(0.0, min(1.0, share)))
