"""An AWS with several regions on one machine: MiniStack, and what a multi-region stack needs beside it."""

from emulator.client import Response, reach
from emulator.running import Emulator, StartError, running

__all__ = ["Emulator", "Response", "StartError", "reach", "running"]
