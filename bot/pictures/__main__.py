"""Draws one picture: a scene on standard input, a PNG on standard output."""

import os
import sys

from bot.pictures.drawing import drawn
from bot.pictures.scene import unpacked

if __name__ == "__main__":
    os.nice(10)  # whatever else runs on this host comes first
    sys.stdout.buffer.write(drawn(unpacked(sys.stdin.buffer.read())))
