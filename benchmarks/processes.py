"""Processes as Linux's /proc tells of them: who started whom, their memory and their CPU time."""

import os
from dataclasses import dataclass
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")
_KILOBYTE = 1024


@dataclass(frozen=True)
class ProcessSnapshot:
    """A process, as it was when it was looked at."""

    pid: int
    parent: int
    name: str  # at most 15 characters
    cpu: float  # seconds so far, without its children
    directory: Path

    def memory(self) -> int:
        """Return the bytes it holds, those it shares divided by the number of sharers; 0 when it is gone."""
        try:
            for line in (self.directory / "smaps_rollup").read_text().splitlines():
                if line.startswith("Pss:"):
                    return int(line.split()[1]) * _KILOBYTE
        except OSError:
            pass
        return 0


class Processes:
    """The processes of this machine."""

    def __init__(self, proc: Path = Path("/proc")) -> None:
        self._proc = proc

    def below(self, pid: int) -> list[ProcessSnapshot]:
        """Return a process and its descendants, those that are gone left out."""
        everyone = {each.pid: each for each in self._all()}
        children: dict[int, list[ProcessSnapshot]] = {}
        for each in everyone.values():
            children.setdefault(each.parent, []).append(each)
        found: list[ProcessSnapshot] = []
        waiting = [everyone[pid]] if pid in everyone else []
        while waiting:
            each = waiting.pop()
            found.append(each)
            waiting += children.get(each.pid, [])
        return found

    def _all(self) -> list[ProcessSnapshot]:
        found = []
        for name in os.listdir(self._proc):  # noqa: PTH208 — twenty times a second, beside what is measured
            if name.isdecimal():
                try:
                    found.append(_parse((self._proc / name / "stat").read_text(), self._proc / name))
                except OSError:
                    continue  # gone meanwhile
        return found


def _parse(stat: str, directory: Path) -> ProcessSnapshot:
    """Read a line of /proc/PID/stat: the name stands in parentheses and may hold any character (proc(5))."""
    head, _, tail = stat.rpartition(")")
    pid, _, name = head.partition(" (")
    fields = tail.split()
    return ProcessSnapshot(int(pid), int(fields[1]), name, (int(fields[11]) + int(fields[12])) / _TICKS, directory)
