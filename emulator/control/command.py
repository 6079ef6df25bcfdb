"""The commands `fault …` and `time-scale …`: faults and the pace of an emulator that runs elsewhere."""

import argparse
import json
import os
import sys
from collections.abc import Sequence
from typing import Any

from emulator.control.client import ControlClient, NotRunningError
from emulator.fault_kinds import KINDS
from emulator.faults import ALL, BadFaultError
from emulator.output import show
from emulator.program import PROGRAM

URL_VARIABLE = "EMULATOR_CONTROL_URL"
COMMANDS = ("fault", "time-scale")
"""What can be done with an emulator that runs already."""


def main(arguments: Sequence[str]) -> int:
    """Carry out one command, `fault …` or `time-scale …`; return the exit status."""
    options = _parser().parse_args(arguments)
    try:
        show(*_lines(options))
    except (ValueError, NotRunningError) as error:
        print(f"emulator: {error}", file=sys.stderr)
        return 1
    return 0


def _lines(options: argparse.Namespace) -> list[str]:
    if options.command == "list":
        return json_lines(kinds()) if options.json else kind_lines(kinds())
    if not options.control_url:
        raise NotRunningError(f"set {URL_VARIABLE} as the emulator printed it, or give --control-url")
    control = ControlClient(options.control_url)
    match options.command:
        case "time-scale":
            scale = control.set_time_scale(options.scale)
            return json_lines({"time_scale": scale}) if options.json else [f"time scale: {scale:g}"]
        case "inject":
            shown = control.inject(options.fault, **dict(map(_assignment, options.values))).shown
            return json_lines(shown) if options.json else [f"injected {fault_line(shown)}"]
        case "heal":
            healed = control.heal(options.id)
            return json_lines(healed) if options.json else [f"healed {fault_line(each)}" for each in healed]
        case _:
            status = control.status()
            return json_lines(status) if options.json else status_lines(status)


def kinds() -> dict[str, Any]:
    """Return every kind of fault with what it takes."""
    return {
        name: {
            "says": kind.says,
            "takes": {
                key: {"says": each.says, "required": each.required, "default": each.default}
                for key, each in kind.parameters.items()
            },
        }
        for name, kind in KINDS.items()
    }


def json_lines(shown: object) -> list[str]:
    """Return something as JSON for other programs."""
    return [json.dumps(shown, indent=2)]


def kind_lines(known: dict[str, Any]) -> list[str]:
    """Return the kinds of faults as help text."""
    lines = []
    for name, kind in known.items():
        lines.append(f"{name}: {kind['says']}")
        for key, each in kind["takes"].items():
            end = "" if each["required"] else f" (default: {each['default'] or 'all'})"
            lines.append(f"    {key + '=…':<16}{each['says']}{end}")
    return lines


def status_lines(status: dict[str, Any]) -> list[str]:
    """Return the status as a reader wants it: scale, faults, parts, then what the parts report."""
    faults = [f"  {fault_line(each)}" for each in status["faults"]] or ["  none"]
    parts = [f"  {name}: {state}" for name, state in status["parts"].items()]
    others = {name: said for name, said in status.items() if name not in ("faults", "parts", "time_scale")}
    return [
        f"time scale: {status['time_scale']:g}",
        "faults:",
        *faults,
        "parts:",
        *parts,
        *(f"{name}: {json.dumps(said)}" for name, said in others.items()),
    ]


def fault_line(shown: dict[str, Any]) -> str:
    """Return one fault in one line: its id, then its values as they are given."""
    values = {key: value for key, value in shown.items() if key not in ("id", "fault")}
    texts = (f"{key}={','.join(value) if isinstance(value, list) else value}" for key, value in values.items())
    return " ".join((shown["id"], *texts))


def _assignment(text: str) -> tuple[str, str]:
    key, equals, value = text.partition("=")
    if not equals or not key:
        raise BadFaultError(f"values are given as name=value, got {text!r}")
    return key, value


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=PROGRAM, description=__doc__, allow_abbrev=False)
    common = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    common.add_argument(
        "--control-url",
        default=os.environ.get(URL_VARIABLE),
        help=f"the emulator's control interface (default: {URL_VARIABLE})",
    )
    common.add_argument("--json", action="store_true", help="print JSON")
    groups = parser.add_subparsers(required=True, metavar="|".join(COMMANDS))
    pace = groups.add_parser("time-scale", parents=[common], help="let time pass faster or slower from now on")
    pace.add_argument("scale", help="how many times faster than real time: a number from 1 to 1000")
    pace.set_defaults(command="time-scale")
    faults = groups.add_parser("fault", help="let something go wrong, end it, show what is wrong", allow_abbrev=False)
    commands = faults.add_subparsers(dest="command", required=True, metavar="list|inject|heal|status")
    commands.add_parser("list", parents=[common], help="show the faults that can be injected, and what they take")
    inject = commands.add_parser("inject", parents=[common], help="let something go wrong")
    inject.add_argument("fault", help="its name, as `list` shows")
    inject.add_argument("values", nargs="*", metavar="name=value", help="what the fault takes")
    heal = commands.add_parser("heal", parents=[common], help="end a fault")
    heal.add_argument("id", help=f"its id, as `status` shows, or {ALL}")
    commands.add_parser("status", parents=[common], help="show what is injected and what runs")
    return parser
