"""The previous release, from the repository's history: what this version must work beside while it is released."""

import io
import subprocess
import tarfile
from pathlib import Path

PREVIOUS_RELEASE = "056401cf40b4291114862701c9c08552836b19f6"
"""The commit that was released last; whoever releases a version names it here."""

ROOT = Path(__file__).resolve().parents[1]


class MissingHistoryError(Exception):
    """The checkout does not hold the previous release."""


def extract(into: Path, *paths: str, commit: str = PREVIOUS_RELEASE, repository: Path = ROOT) -> Path:
    """Write files and directories of the previous release, all of it unless `paths` are named; return `into`.

    Raises:
        MissingHistoryError: The commit is not there, as in a shallow clone or a copy without its history.
    """
    archived = subprocess.run(
        ["git", "-C", str(repository), "archive", "--format=tar", commit, *paths], capture_output=True, check=False
    )
    if archived.returncode != 0:
        raise MissingHistoryError(
            f"the previous release, {commit[:7]}, is not in this checkout's history: fetch it "
            f"(`git fetch --unshallow`, or fetch-depth: 0 in CI); git says: {archived.stderr.decode().strip()}"
        )
    with tarfile.open(fileobj=io.BytesIO(archived.stdout)) as tar:
        tar.extractall(into, filter="data")
    return into
