"""The emulator's command: an AWS with two and more regions on this machine."""

import argparse
import shlex
import signal
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import NoReturn

from emulator import configuration, options
from emulator.certificates import Certificates
from emulator.control import command
from emulator.listeners import ListenError, Listeners, listen
from emulator.output import run, show
from emulator.patching import SeamError
from emulator.program import PROGRAM
from emulator.regions import ADDRESSES, DEFAULT_REGION
from emulator.replication.lag import DEFAULT_LAG, Lag
from emulator.route53 import dns_server
from emulator.route53.dns_server import DnsSockets
from emulator.run_directory import run_directory
from emulator.running import READY
from emulator.server import serve
from emulator.settings import EmulatorSettings

_SHOWN_REGIONS = 3
_UNSET = r"unset AWS_PROFILE $(env | sed -n 's/^\(AWS_[A-Z0-9_]*\)=.*/\1/p')"
"""All of AWS's variables: a token, when it expires, a service's own endpoint or a switch would get in the way. The
first name is there for zsh, whose `unset` wants one."""
_LAG_SPREAD = DEFAULT_LAG.spread_seconds / DEFAULT_LAG.mean_seconds


def start() -> NoReturn:
    """Run as the installed command."""
    run(main)


def main() -> int:
    """Run the emulator until it is stopped, or a command of a running one; return the exit status."""
    if sys.argv[1:2] and sys.argv[1] in command.COMMANDS:
        return command.main(sys.argv[1:])
    chosen = options.parse(sys.argv[1:])
    # Stopped while it still starts, it ends like one that is interrupted: in good order.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        listeners = listen(chosen.host, chosen.port, chosen.data_plane_port, chosen.control_port)
        dns = dns_server.bind(chosen.host, chosen.dns_port)
        with run_directory(chosen.data_dir) as directory:
            return _run(chosen, listeners, dns, directory)
    except (ListenError, SeamError) as error:
        print(f"emulator: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        pass
    return 0


def _run(chosen: argparse.Namespace, listeners: Listeners, dns: DnsSockets, directory: Path) -> int:
    certificates = Certificates(directory)
    lag = Lag(chosen.replication_lag, chosen.replication_lag * _LAG_SPREAD, chosen.seed)
    settings = EmulatorSettings(
        time_scale=chosen.time_scale,
        seed=chosen.seed,
        replication_lag=lag,
        strong_latency_seconds=chosen.strong_latency,
        catch_up_seconds=chosen.catch_up,
        recovery_delay_seconds=chosen.recovery_delay,
    )
    environment = exports(chosen.host, listeners, dns, certificates.ca_file, settings)
    configuration.isolate(directory, environment["AWS_ENDPOINT_URL"], chosen.log_level)
    lines = announcement(environment)
    return serve(
        listeners,
        dns,
        certificates,
        settings=settings,
        directory=directory,
        stop_with=chosen.stop_with,
        ready=lambda: show(*lines, READY),
    )


def exports(
    host: str, listeners: Listeners, dns: DnsSockets, ca_file: Path, settings: EmulatorSettings
) -> dict[str, str]:
    """Return the environment with which Terraform, boto3 and the project's commands reach this emulator."""
    endpoint = f"http://{host}:{listeners.port}"
    return {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": configuration.ACCESS_KEY_ID,
        "AWS_SECRET_ACCESS_KEY": configuration.SECRET_ACCESS_KEY,
        "AWS_REGION": DEFAULT_REGION,
        "DR_S3_USE_PATH_STYLE": "true",
        "EMULATOR_CA_FILE": str(ca_file),
        "EMULATOR_DATA_PLANE_PORT": str(listeners.data_plane_port),
        "EMULATOR_DNS_PORT": str(dns.port),
        command.URL_VARIABLE: f"http://{host}:{listeners.control_port}",
        "EMULATOR_TIME_SCALE": f"{settings.time_scale:g}",
    }


def announcement(environment: Mapping[str, str]) -> list[str]:
    """Return the lines to paste into another shell, and where each region's data plane is.

    An interactive zsh takes comments for commands: no quote, bracket or redirection may be in them.
    """
    port, dns_port = environment["EMULATOR_DATA_PLANE_PORT"], environment["EMULATOR_DNS_PORT"]
    shown = [f"#   {region:<12} https://{address}:{port}" for region, address in ADDRESSES.items()][:_SHOWN_REGIONS]
    return [
        "# The emulated AWS is up until Ctrl-C. In other shells:",
        _UNSET,
        *(f"export {name}={shlex.quote(value)}" for name, value in environment.items()),
        "# The APIs of the regions answer their domain names, as SNI and Host, on:",
        *shown,
        f"#   and so on for {len(ADDRESSES)} regions",
        f"# Hosted zones are answered by DNS: dig @127.0.0.1 -p {dns_port} NAME",
        f"# What can go wrong, and how to let it: {PROGRAM} fault list",
        f"# Time scale {environment['EMULATOR_TIME_SCALE']}: {_pace(float(environment['EMULATOR_TIME_SCALE']))}",
        f"# To let time pass faster: {PROGRAM} time-scale 10",
    ]


def _pace(scale: float) -> str:
    return "intervals are real" if scale == 1 else f"intervals pass {scale:g} times as fast as real ones"


if __name__ == "__main__":
    start()
