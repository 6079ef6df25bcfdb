"""The process environment MiniStack runs in; it reads most of its settings while it is imported."""

import os
import tempfile
from pathlib import Path

from emulator.regions import DEFAULT_REGION

ACCESS_KEY_ID = "test"
SECRET_ACCESS_KEY = "test"  # noqa: S105 — MiniStack's root key; it opens nothing beyond this process
"""MiniStack takes this pair for the account's root: Terraform and administrators use it."""

# What a program needs from the machine it runs on; everything else of the caller's environment stays outside.
_KEPT = ("PATH", "HOME", "LANG", "LC_ALL", "TZ", "TERM", "NO_COLOR", "SYSTEMROOT")


def ministack_environment(directory: Path, endpoint: str, log_level: str) -> dict[str, str]:
    """Return all that MiniStack shall see; files stay in the directory."""
    return {
        **{name: os.environ[name] for name in _KEPT if name in os.environ},
        "AUTH": "true",  # IAM is enforced (FACTS 11)
        "AWS_ACCESS_KEY_ID": ACCESS_KEY_ID,
        "AWS_SECRET_ACCESS_KEY": SECRET_ACCESS_KEY,
        "AWS_ENDPOINT_URL": endpoint,
        "GATEWAY_PORT": endpoint.rpartition(":")[2],
        "MINISTACK_REGION": DEFAULT_REGION,
        "LOG_LEVEL": log_level,
        "SFTP_ENABLED": "0",
        "IOT_MTLS_ENABLED": "0",
        "PERSIST_STATE": "0",
        "S3_PERSIST": "0",
        "LAMBDA_EXECUTOR": "local",
        "STATE_DIR": str(directory / "state"),
        "S3_DATA_DIR": str(directory / "s3"),
        "TMPDIR": str(directory),
        # MiniStack removes containers it takes for its own at start: keep it away from the user's Docker.
        "DOCKER_HOST": f"unix://{directory}/no-docker.sock",
    }


def isolate(directory: Path, endpoint: str, log_level: str) -> None:
    """Replace this process's environment by what MiniStack shall see, before MiniStack is imported.

    The caller's environment is dropped as a whole: MiniStack has some sixty settings that would change what is
    emulated, and functions inherit what is left (a profile or a session token of the caller's would break them).
    """
    environment = ministack_environment(directory, endpoint, log_level)
    os.environ.clear()
    os.environ.update(environment)
    tempfile.tempdir = str(directory)  # workers' files, too, go when the directory goes
