"""Pictures of the products, drawn here and now: small PNGs (mail programs show no SVG) of simple shapes."""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass
from functools import cache

SIZE = 320
_Colour = tuple[int, int, int]


@dataclass(frozen=True)
class _Disc:
    """A filled circle, on a field of 100 by 100. Without a colour it cuts a hole."""

    x: float
    y: float
    radius: float
    colour: _Colour | None


@dataclass(frozen=True)
class _Box:
    """A filled rectangle, on a field of 100 by 100. Without a colour it cuts a hole."""

    left: float
    top: float
    right: float
    bottom: float
    colour: _Colour | None


INK: _Colour = (38, 40, 46)
WOOD: _Colour = (166, 116, 74)
STEEL: _Colour = (196, 202, 208)
PALE: _Colour = (236, 232, 224)
TEAL: _Colour = (42, 112, 120)
RED: _Colour = (186, 64, 52)
GOLD: _Colour = (214, 168, 76)

_GROUNDS: tuple[_Colour, ...] = ((239, 233, 222), (226, 234, 236), (236, 228, 232), (229, 236, 226))


def _record(label: _Colour, size: int = 34) -> list[_Disc | _Box]:
    groove = (52, 54, 62)
    return [_Disc(50, 50, size, INK), _Disc(50, 50, size * 0.72, groove), _Disc(50, 50, size * 0.68, INK),
            _Disc(50, 50, size * 0.34, label), _Disc(50, 50, 2, PALE)]


_DRAWINGS: dict[str, list[_Disc | _Box]] = {
    "turntable": [_Box(12, 22, 88, 80, WOOD), _Disc(43, 51, 25, STEEL), _Disc(43, 51, 23, INK),
                  _Disc(43, 51, 8, RED), _Disc(43, 51, 1.5, PALE), _Disc(77, 32, 6, STEEL),
                  _Box(75, 32, 79, 66, STEEL), _Box(70, 62, 79, 70, INK)],
    "direct-drive": [_Box(12, 22, 88, 80, INK), _Disc(43, 51, 25, STEEL), _Disc(43, 51, 22, (70, 72, 80)),
                     _Disc(43, 51, 8, TEAL), _Disc(43, 51, 1.5, PALE), _Disc(77, 32, 6, STEEL),
                     _Box(75, 32, 79, 66, STEEL), _Box(82, 40, 85, 72, STEEL)],
    "cartridge": [_Box(32, 20, 68, 30, STEEL), _Box(36, 30, 64, 62, TEAL), _Box(44, 62, 56, 72, INK),
                  _Box(49, 72, 51, 84, STEEL), _Disc(42, 25, 2, INK), _Disc(58, 25, 2, INK)],
    "phono-stage": [_Box(16, 40, 84, 68, INK), _Disc(30, 54, 6, STEEL), _Disc(50, 54, 3, GOLD),
                    _Disc(62, 54, 3, GOLD), _Disc(74, 54, 3, RED)],
    "amplifier": [_Box(10, 30, 90, 72, STEEL), _Box(12, 32, 88, 70, (60, 63, 70)), _Disc(72, 51, 13, STEEL),
                  _Disc(72, 51, 11, INK), _Disc(28, 51, 5, STEEL), _Disc(42, 51, 5, STEEL),
                  _Box(20, 74, 30, 78, INK), _Box(70, 74, 80, 78, INK)],
    "speakers": [_Box(12, 20, 44, 82, WOOD), _Disc(28, 36, 7, INK), _Disc(28, 61, 13, INK),
                 _Disc(28, 61, 6, STEEL), _Box(56, 20, 88, 82, WOOD), _Disc(72, 36, 7, INK),
                 _Disc(72, 61, 13, INK), _Disc(72, 61, 6, STEEL)],
    "floorstanders": [_Box(20, 8, 44, 92, INK), _Disc(32, 20, 6, STEEL), _Disc(32, 42, 9, STEEL),
                      _Disc(32, 66, 9, STEEL), _Box(56, 8, 80, 92, INK), _Disc(68, 20, 6, STEEL),
                      _Disc(68, 42, 9, STEEL), _Disc(68, 66, 9, STEEL)],
    "headphones": [_Disc(50, 48, 34, INK), _Disc(50, 48, 28, None), _Box(10, 56, 90, 92, None),
                   _Box(14, 46, 30, 78, TEAL), _Box(70, 46, 86, 78, TEAL)],
    "headphone-amp": [_Box(24, 36, 76, 70, STEEL), _Disc(60, 53, 10, INK), _Disc(38, 53, 5, INK),
                      _Disc(38, 53, 2, GOLD)],
    "brush": [_Box(18, 40, 82, 52, WOOD), _Box(20, 52, 80, 66, INK)],
    "stylus-care": [_Box(40, 26, 60, 36, INK), _Box(34, 36, 66, 80, TEAL), _Box(38, 50, 62, 66, PALE)],
    "sleeves": [_Box(22, 20, 78, 76, PALE), _Box(26, 24, 82, 80, STEEL), _Disc(54, 52, 20, PALE),
                _Disc(54, 52, 4, INK)],
    "cable": [_Disc(50, 50, 32, RED), _Disc(50, 50, 26, None), _Disc(50, 50, 20, RED),
              _Disc(50, 50, 14, None), _Box(66, 70, 90, 76, GOLD)],
    "record-red": _record(RED), "record-teal": _record(TEAL), "record-gold": _record(GOLD),
    "mat": [_Disc(50, 50, 36, (110, 96, 84)), _Disc(50, 50, 2.5, PALE)],
    "gift-card": [_Box(14, 30, 86, 72, TEAL), _Box(14, 44, 86, 50, GOLD), _Disc(70, 47, 6, GOLD)],
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
        _draw(rows, shape, ground)
    raw = b"".join(b"\x00" + bytes(row) for row in rows)
    header = struct.pack(">IIBBBBB", SIZE, SIZE, 8, 2, 0, 0, 0)
    body = _chunk(b"IHDR", header) + _chunk(b"IDAT", zlib.compress(raw, 9)) + _chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def _draw(rows: list[bytearray], shape: _Disc | _Box, ground: _Colour) -> None:
    scale = SIZE / 100
    paint = shape.colour or ground
    if isinstance(shape, _Box):
        for y in range(int(shape.top * scale), min(SIZE, int(shape.bottom * scale))):
            _span(rows[y], shape.left * scale, shape.right * scale, paint)
        return
    cx, cy, radius = shape.x * scale, shape.y * scale, shape.radius * scale
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
