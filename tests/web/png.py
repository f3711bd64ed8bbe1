"""Makes screenshots small enough for a repository: at most 256 colours, which a page of text does not miss."""

import base64
import struct
import zlib
from typing import Any

import numpy as np

COLOURS = 256

_PIXELS = """async (source) => {
  const image = new Image();
  image.src = source;
  await image.decode();
  const canvas = new OffscreenCanvas(image.width, image.height);
  const context = canvas.getContext("2d");
  context.drawImage(image, 0, 0);
  const { data } = context.getImageData(0, 0, image.width, image.height);
  let text = "";
  for (let at = 0; at < data.length; at += 32768) text += String.fromCharCode(...data.subarray(at, at + 32768));
  return [image.width, image.height, btoa(text)];
}"""


def shrunk(png: bytes, blank: Any) -> bytes:
    """Return the picture with few colours; `blank` is any page of a browser, which decodes it."""
    width, height, raw = blank.evaluate(_PIXELS, "data:image/png;base64," + base64.b64encode(png).decode())
    pixels = np.frombuffer(base64.b64decode(raw), np.uint8).reshape(-1, 4)[:, :3].astype(np.int32)
    packed = pixels @ np.array([65536, 256, 1])
    values, numbers, counts = np.unique(packed, return_inverse=True, return_counts=True)
    colours = np.stack([values >> 16, values >> 8 & 255, values & 255], axis=1)
    vivid = 1 + (colours.max(axis=1) - colours.min(axis=1)) / 8  # few pixels, but they say something
    chosen = colours[np.argsort(-counts * vivid)[:COLOURS]]
    nearest = np.array([np.argmin(((chosen - colour) ** 2).sum(axis=1)) for colour in colours], np.uint8)
    rows = nearest[numbers].reshape(height, width)
    lines = np.concatenate([np.zeros((height, 1), np.uint8), rows], axis=1).tobytes()
    head = struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)
    parts = [(b"IHDR", head), (b"PLTE", chosen.astype(np.uint8).tobytes()), (b"IDAT", zlib.compress(lines, 9)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(*part) for part in parts)


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
