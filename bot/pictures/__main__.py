"""Draws one picture: a scene on standard input; on standard output a PNG, or with the word `page` a page's SVG."""

import os
import sys

from bot.pictures.drawing import drawn, traced
from bot.pictures.scene import unpacked

if __name__ == "__main__":
    os.nice(10)  # whatever else runs on this host comes first
    scene = unpacked(sys.stdin.buffer.read())
    sys.stdout.buffer.write(traced(scene).encode() if "page" in sys.argv else drawn(scene))
