"""How long work shows on a terminal: how many resources are done, and how long it took."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console

_CHANGES = ("Creation complete", "Destruction complete")


@contextmanager
def progress(console: Console, what: str) -> Iterator[Callable[[str], None]]:
    """Give what is told each line of Terraform's; end with one line that says how long it took."""
    started, done = time.monotonic(), 0

    def count(line: str) -> None:
        nonlocal done
        done += sum(line.count(change) for change in _CHANGES)
        status.update(f"{what}: {done} resources")

    with console.status(what) as status:
        yield count
    console.print(f"{what}: {time.monotonic() - started:.0f} s.")
