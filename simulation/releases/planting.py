"""Plants a patch into one version of the functions: processes that run another one are left as shipped."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from greenlet import getcurrent

from simulation.kernel.process import Task
from simulation.patching import patched


@contextmanager
def in_version(version: str, owner: object, **replacements: Callable[..., Any]) -> Iterator[None]:
    """Replace what a class or a module holds in the processes that run a version; each is handed the original first."""
    chosen = {name: _choosing(version, vars(owner)[name], new) for name, new in replacements.items()}
    with patched(owner, **chosen):
        yield


def _choosing(version: str, original: Any, new: Callable[..., Any]) -> Any:  # noqa: ANN401 -- whatever the owner holds
    run = original.__func__ if isinstance(original, classmethod | staticmethod) else original

    def chosen(*arguments: Any, **options: Any) -> Any:  # noqa: ANN401
        if _running_version() == version:
            return new(run, *arguments, **options)
        return run(*arguments, **options)

    return type(original)(chosen) if isinstance(original, classmethod | staticmethod) else chosen


def _running_version() -> str:
    """Return which version the current process runs; empty outside of functions."""
    task = getcurrent()
    return task.process.version if isinstance(task, Task) else ""
