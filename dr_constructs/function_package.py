"""Builds the one zip that every function in both regions runs: `handlers/`, `contract/` and their dependencies.

The zip is deterministic (FACTS 10.5): sorted names, one date, one mode, nothing that says where it was made.
Dependencies are copied from the installed distributions by their RECORD, so that synth needs neither pip nor a network;
all are pure Python and run on any architecture. The digest is that of the sources and not of the zip, because zlib may
compress differently from one machine to the next: equal sources have equal digests everywhere, and Terraform, for which
`source_code_hash` is an opaque value, deploys only what changed.

Beside each module lies its byte code, without which a cold start compiles all that it imports: Lambda's directories are
read-only, so nothing that Python compiles there is kept (decision 17). Byte code belongs to one minor version of Python
(PEP 3147), so only that version can make it; any other makes a zip without, which runs as well, starts more slowly and
has another digest.
"""

import base64
import hashlib
import importlib.util
import json
import marshal
import os
import stat
import sys
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path, PurePosixPath

from dr_constructs import sdk_data
from dr_constructs.sdk_data import is_sdk_data, is_used, trimmed

RUNTIME = "python3.13"
"""Lambda's runtime of every function (FACTS 4.7)."""
THIS_PYTHON = f"python{sys.version_info.major}.{sys.version_info.minor}"
"""This interpreter, as Lambda would name it."""

DISTRIBUTIONS = (
    "aws-lambda-powertools",
    "botocore",
    "jmespath",
    "python-dateutil",
    "six",
    "typing-extensions",
    "urllib3",
)
"""What the functions import and all that it requires; a test compares the list with the distributions' own metadata."""

_PACKAGES = ("contract", "handlers")
_INSTALLER_FILES = frozenset({"RECORD", "INSTALLER", "REQUESTED", "direct_url.json"})  # differ between installations
_SWAGGER_UI = ("aws_lambda_powertools", "event_handler", "openapi", "swagger_ui")  # a web page that nobody serves
_FORMAT = b"3"  # part of the digest: increase it with every change to the way the zip is written
_DATE = (1980, 1, 1, 0, 0, 0)
_MODE = stat.S_IFREG | 0o644
_UNIX = 3
_LEVEL = 9
_UNCHECKED_HASH = (1).to_bytes(4, "little")  # a `.pyc` that is believed without a look at its source (PEP 552)

NO_BYTE_CODE = (
    f"warning: the functions' zip has no byte code, so a cold start takes about twice as long: "
    f"synthesize with {RUNTIME} to add it, this is {THIS_PYTHON}"
)


class FunctionPackageError(Exception):
    """The functions' zip cannot be built; the text is one line."""


@dataclass(frozen=True)
class FunctionPackage:
    """The zip of the functions."""

    path: Path
    digest: str  # SHA-256 of what it is made of, hexadecimal
    size: int  # bytes of the zip
    has_byte_code: bool

    @property
    def sha256_base64(self) -> str:
        """Return the digest as Terraform writes hashes, for `source_code_hash`."""
        return base64.b64encode(bytes.fromhex(self.digest)).decode()


def build_function_package(root: Path, *, runtime: str = RUNTIME) -> FunctionPackage:
    """Write `root`/build/functions-<digest>.zip unless it is there already.

    Args:
        root: The checkout.
        runtime: Non-default only where another Python than Lambda's runs the functions.

    Raises:
        FunctionPackageError: A bundled distribution is missing or is not the one that Pipfile.lock names, or the zip
            cannot be written.
    """
    _check_versions(root / "Pipfile.lock")
    content = {name: data for package in _PACKAGES for name, data in _sources(root / package)}
    for name in DISTRIBUTIONS:
        content |= _distribution(name)
    has_byte_code = runtime == THIS_PYTHON
    digest = _digest(content, runtime if has_byte_code else "")
    path = root / "build" / f"functions-{digest[:16]}.zip"
    if not path.exists():
        try:
            _write(path, _completed(content, has_byte_code=has_byte_code))
        except OSError as error:
            message = f"the functions' zip must be written to {path.parent}, which fails: {error.strerror}"
            raise FunctionPackageError(message) from error
    return FunctionPackage(path=path, digest=digest, size=path.stat().st_size, has_byte_code=has_byte_code)


def _check_versions(lock: Path) -> None:
    try:
        locked = json.loads(lock.read_text(encoding="utf-8"))["default"]
    except (OSError, ValueError, KeyError) as error:
        raise FunctionPackageError(
            f"Pipfile.lock must be readable, to bundle what it names with the functions, got {error!r}"
        ) from error
    for name in DISTRIBUTIONS:
        expected = locked.get(name, {}).get("version", "no version").removeprefix("==")
        try:
            installed = metadata.version(name)
        except metadata.PackageNotFoundError:
            installed = "nothing"
        if installed != expected:
            raise FunctionPackageError(
                f"{name} must be {expected} as in Pipfile.lock, got {installed} installed: run `make setup`"
            )


def _sources(package: Path) -> Iterator[tuple[str, bytes]]:
    for path in package.rglob("*.py"):
        yield PurePosixPath(package.name, *path.relative_to(package).parts).as_posix(), path.read_bytes()


def _distribution(name: str) -> Iterator[tuple[str, bytes]]:
    files = metadata.files(name)
    if not files:
        raise FunctionPackageError(f"{name} must be installed from a wheel, whose RECORD lists its files, got none")
    for path in files:
        if _is_bundled(path):
            yield path.as_posix(), Path(path.locate()).read_bytes()


def _is_bundled(path: PurePosixPath) -> bool:
    if ".." in path.parts or "__pycache__" in path.parts:  # scripts of the environment, its own byte code
        return False
    if path.parts[0].endswith(".dist-info"):
        return path.name not in _INSTALLER_FILES
    if path.parts[: len(_SWAGGER_UI)] == _SWAGGER_UI:
        return path.suffix == ".py"
    if is_sdk_data(path):
        return is_used(path)
    return True


def _completed(content: Mapping[str, bytes], *, has_byte_code: bool) -> dict[str, bytes]:
    """Return what the zip holds: SDK data trimmed, and byte code beside the modules."""
    completed: dict[PurePosixPath, bytes] = {}
    for name, data in content.items():
        path = PurePosixPath(name)
        kept, kept_data = trimmed(path, data) if is_sdk_data(path) else (path, data)
        completed[kept] = kept_data
        if has_byte_code and path.suffix == ".py":
            completed[_byte_code_path(path)] = _byte_code(path, data)
    return {path.as_posix(): data for path, data in completed.items()}


def _byte_code_path(module: PurePosixPath) -> PurePosixPath:
    return module.parent / "__pycache__" / f"{module.stem}.{sys.implementation.cache_tag}.pyc"


def _byte_code(module: PurePosixPath, source: bytes) -> bytes:
    code = compile(source, f"/var/task/{module}", "exec", dont_inherit=True, optimize=0)
    header = importlib.util.MAGIC_NUMBER + _UNCHECKED_HASH + importlib.util.source_hash(source)
    return header + marshal.dumps(code)


def _digest(content: Mapping[str, bytes], byte_code: str) -> str:
    # What is trimmed or compiled on writing is a function of these bytes and of how it is done: synth need not do it to
    # know.
    how = _FORMAT + byte_code.encode() + Path(sdk_data.__file__).read_bytes()
    total = hashlib.sha256(how)
    for name, data in sorted(content.items()):
        total.update(f"{name}\0{len(data)}\0".encode() + data)
    return total.hexdigest()


def _write(path: Path, content: Mapping[str, bytes]) -> None:
    """Write the zip beside its place and move it there, so that nobody ever meets half a zip."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, unfinished = tempfile.mkstemp(dir=path.parent, suffix=".unfinished")
    try:
        with os.fdopen(descriptor, "wb") as file, zipfile.ZipFile(file, "w") as archive:
            for name, data in sorted(content.items()):
                entry = zipfile.ZipInfo(name, _DATE)
                entry.create_system = _UNIX
                entry.external_attr = _MODE << 16
                archive.writestr(entry, data, zipfile.ZIP_DEFLATED, _LEVEL)
        Path(unfinished).chmod(0o644)
        Path(unfinished).replace(path)
    except BaseException:
        Path(unfinished).unlink(missing_ok=True)
        raise
