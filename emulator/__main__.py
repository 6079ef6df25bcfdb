"""`python -m emulator`: an AWS with two and more regions on this machine."""

import argparse
import os
import signal
import sys
import tempfile
from pathlib import Path

from emulator import configuration
from emulator.certificates import Certificates
from emulator.listeners import ListenError, Listeners, listen
from emulator.regions import ADDRESSES, DEFAULT_REGION
from emulator.running import READY
from emulator.server import serve

_SHOWN_REGIONS = 3


def main() -> int:
    """Run the emulator until it is stopped; return the exit status."""
    options = _options()
    # Stopped while it still starts, it ends like one that is interrupted: in good order.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        listeners = listen(options.host, options.port, options.data_plane_port)
        with tempfile.TemporaryDirectory(
            prefix="emulator-", dir=options.data_dir, ignore_cleanup_errors=True
        ) as directory:
            _run(options, listeners, Path(directory))
    except ListenError as error:
        print(f"emulator: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        pass
    return 0


def _run(options: argparse.Namespace, listeners: Listeners, directory: Path) -> None:
    certificates = Certificates(directory)
    configuration.isolate(directory, f"http://{options.host}:{listeners.port}", options.log_level)
    lines = announcement(options.host, listeners, certificates.ca_file)
    serve(
        listeners,
        certificates,
        directory=directory,
        ready=lambda: print(*lines, READY, sep="\n", flush=True),
    )


def exports(host: str, listeners: Listeners, ca_file: Path) -> dict[str, str]:
    """Return the environment with which Terraform, boto3 and the project's commands reach this emulator."""
    endpoint = f"http://{host}:{listeners.port}"
    return {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": configuration.ACCESS_KEY_ID,
        "AWS_SECRET_ACCESS_KEY": configuration.SECRET_ACCESS_KEY,
        "AWS_REGION": DEFAULT_REGION,
        "DR_AWS_ENDPOINT_URL": endpoint,
        "EMULATOR_CA_FILE": str(ca_file),
        "EMULATOR_DATA_PLANE_PORT": str(listeners.data_plane_port),
    }


def announcement(host: str, listeners: Listeners, ca_file: Path) -> list[str]:
    """Return the lines to paste into another shell, and where each region's data plane is."""
    port = listeners.data_plane_port
    shown = [f"#   {region:<12} https://{address}:{port}" for region, address in ADDRESSES.items()][:_SHOWN_REGIONS]
    return [
        "# The emulated AWS is up; Ctrl-C stops it. In other shells:",
        "unset AWS_PROFILE AWS_SESSION_TOKEN",
        *(f"export {name}={value}" for name, value in exports(host, listeners, ca_file).items()),
        "# The regions' APIs answer their domain names (as SNI and Host) on:",
        *shown,
        f"#   and so on for {len(ADDRESSES)} regions",
    ]


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m emulator", description=__doc__, allow_abbrev=False)
    parser.add_argument("--host", default="127.0.0.1", help="loopback address of the AWS API (default: %(default)s)")
    parser.add_argument(
        "--port", type=_port, default=4566, help="port of the AWS API, 0 for a free one (default: 4566)"
    )
    parser.add_argument(
        "--data-plane-port",
        type=_port,
        default=8443,
        help="port of the regions' APIs, 0 for a free one (default: %(default)s)",
    )
    parser.add_argument("--data-dir", type=_directory, help="where to keep files while it runs (default: the system's)")
    parser.add_argument(
        "--log-level",
        default="ERROR",
        choices=["DEBUG", "INFO", "WARNING", "ERROR"],
        help="what MiniStack logs to standard error (default: %(default)s)",
    )
    return parser.parse_args()


def _port(text: str) -> int:
    port = int(text) if text.isdecimal() else -1
    if not 0 <= port <= 65535:  # noqa: PLR2004 — the highest TCP port
        raise argparse.ArgumentTypeError(f"a port is a number from 0 to 65535, got {text}")
    return port


def _directory(text: str) -> Path:
    directory = Path(text).absolute()
    try:
        directory.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise argparse.ArgumentTypeError(f"{text} is no directory to write to: {error.strerror}") from error
    if not os.access(directory, os.W_OK):
        raise argparse.ArgumentTypeError(f"{text} is not writable")
    return directory


if __name__ == "__main__":
    sys.exit(main())
