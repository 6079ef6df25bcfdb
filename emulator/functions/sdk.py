"""The SDK as AWS's Python runtimes carry it, apart from everything else that is installed beside it."""

import importlib.util
from collections.abc import Iterator
from pathlib import Path

_PACKAGES = ("boto3", "botocore", "s3transfer", "jmespath", "dateutil", "urllib3", "six")
"""boto3 and what it needs; anything else must be in a function's zip."""


def sources() -> Iterator[Path]:
    """Yield what is installed: directories of packages, files of modules.

    Raises:
        ModuleNotFoundError: Something of it is not installed.
    """
    for name in _PACKAGES:
        found = importlib.util.find_spec(name)
        if found is None or found.origin is None:
            raise ModuleNotFoundError(name)
        origin = Path(found.origin)
        yield origin.parent if origin.name == "__init__.py" else origin


def link(directory: Path) -> Path:
    """Make a directory of links to it, and return the directory."""
    directory.mkdir()
    for source in sources():
        (directory / source.name).symlink_to(source)
    return directory
