"""An AWS with several regions on one machine: MiniStack, and what a multi-region stack needs beside it."""

from emulator.control.client import InjectedFault, NotRunningError
from emulator.faults import BadFaultError
from emulator.running import Emulator, EndedError, RefusedError, StartError, running

__all__ = [
    "BadFaultError",
    "Emulator",
    "EndedError",
    "InjectedFault",
    "NotRunningError",
    "RefusedError",
    "StartError",
    "running",
]
