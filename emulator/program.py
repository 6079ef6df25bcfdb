"""How the emulator is called, in what it prints for people to type."""

import os
from typing import Final

PROGRAM: Final = os.environ.get("EMULATOR_PROGRAM", "aws-regions-emulator")
"""The installed command, unless whoever starts the emulator wraps it in one of another name."""
