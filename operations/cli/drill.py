"""`dr drill`: runs game days that measure the recovery and write evidence."""

import json
import sys
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path

import typer
from rich.console import Console
from rich.live import Live
from rich.table import Table

from operations.aws import Aws
from operations.cli.exit_status import DONE, FAILED, INTERRUPTED
from operations.cli.options import OutputFormat
from operations.cli.session import Session
from operations.cli.standing import show_topology
from operations.cli.typed_name import name_typed
from operations.drills.drill import ENDED_EARLY, Drill
from operations.drills.events import AnyEvent, StepChange
from operations.drills.live import DrillDisplay
from operations.drills.payers import AMOUNT, CURRENCY
from operations.drills.preflight import faults_for, outputs_of, require_steady_state
from operations.drills.publishing import VersionPublisher
from operations.drills.scenario import Scenario, load, shipped
from operations.drills.verdict import DrillVerdict
from operations.errors import OperationError, UsageError
from operations.evidence import folder
from operations.evidence.provenance import Provenance, read_provenance
from operations.execution.live_controls import DRILL_PREFIX
from operations.timestamps import for_names


def list_scenarios(output: OutputFormat) -> int:
    """List the scenarios that come with the project."""
    scenarios = shipped().values()
    if output is OutputFormat.JSON:
        print(json.dumps([each.model_dump(mode="json") for each in scenarios], indent=2))
        return DONE
    table = Table("scenario", "what happens", "on AWS", box=None, pad_edge=False)
    for each in scenarios:
        needs = ", ".join(f"--fis-template {fault}=…" for fault in each.faults)
        table.add_row(each.name, each.what, needs or "as it is")
    Console(highlight=False).print(table)
    return DONE


def run(session: Session, scenario: str, *, evidence: Path, fis_template: list[str]) -> int:
    """Run a drill, write its evidence, and return the exit status."""
    chosen = load(scenario)
    site, aws = session.site, session.aws
    require_steady_state(site, aws)
    templates = _templates(fis_template)
    faults = faults_for(
        chosen, surroundings=session.surroundings, site=site, aws=aws, clock=session.clock, templates=templates
    )
    before = show_topology(session)
    _confirm(session, chosen)
    id_ = for_names(session.clock.time())
    directory = _directory(evidence, f"{id_}-{chosen.name}")
    provenance = read_provenance(site, aws, surroundings=session.label, time_scale=session.clock.scale)
    outputs = directory / "outputs.json"
    outputs.write_text(json.dumps(outputs_of(site), indent=2) + "\n", encoding="utf-8")
    display = DrillDisplay(f"{chosen.name} on {site.suffix}")
    drill = Drill(
        id_=id_,
        scenario=chosen,
        site=site,
        aws=aws,
        clock=session.clock,
        surroundings=session.surroundings,
        faults=faults,
        credentials=session.payer,
        directory=directory,
        command_options=command_options(session, outputs),
        publisher=_publisher(session, chosen),
        administrator=_administrator(session, chosen),
        listeners=(display.note, _tell_roll_back),
    )
    console = session.console
    try:
        with Live(display, console=console, refresh_per_second=4, transient=True, auto_refresh=console.is_terminal):
            drill.run()
    finally:
        for left in drill.not_put_back:
            _say(f"dr: not put back: {left}")
        judgement = _written(directory, chosen, provenance)
    after = show_topology(session)
    _print(session.output, console, judgement.verdict, chosen, directory, before=before, after=after)
    if drill.interrupted:
        _say(f"dr: interrupted; {'not ' if drill.not_put_back else ''}everything is put back")
        return INTERRUPTED
    return DONE if judgement.verdict.passed else FAILED


def show(directory: Path, output: OutputFormat) -> int:
    """Judge a drill's evidence again, and return the exit status."""
    evidence = folder.read(directory)
    verdict, console = evidence.judgement.verdict, Console(highlight=False)
    if output is OutputFormat.TEXT:
        for each in evidence.differences:
            print(f"{each.file} {each.how}")
        if not evidence.follows:
            print("the verdict does not follow from the events")
    differences = [asdict(each) for each in evidence.differences]
    _print(output, console, verdict, evidence.scenario, directory, differences=differences, follows=evidence.follows)
    return DONE if evidence.passed else FAILED


def _confirm(session: Session, scenario: Scenario) -> None:
    question = f"Run {scenario.name} on {session.site.suffix} ({session.label})? {scenario.what}"
    if not session.surroundings.is_emulator:
        paid = f"Up to {scenario.payers + 1} payments of {AMOUNT} {CURRENCY} a second are really stored, under ids"
        ships = (
            "\nYour own credentials publish a bad version, and have to be a deployer's." if scenario.publishes else ""
        )
        damages = (
            "\nYour own credentials store and damage payments of drills, and have to be an administrator's."
            if scenario.damages
            else ""
        )
        name_typed(session, f"{question}\n{paid} `{DRILL_PREFIX}…`, until everything is put back.{ships}{damages}\n")
    elif not session.confirm(question):
        raise typer.Abort


def _publisher(session: Session, scenario: Scenario) -> VersionPublisher | None:
    """Return what publishes versions: the caller's own rights do, since no role of the stack may ship code."""
    if not scenario.publishes:
        return None
    return VersionPublisher(session.site, Aws.own(*(each.name for each in session.site.regions.values())))


def _administrator(session: Session, scenario: Scenario) -> Aws | None:
    """Return what damages payments: the caller's own rights do, since no role of the stack may change payments."""
    if not scenario.damages:
        return None
    return Aws.own(*(each.name for each in session.site.regions.values()))


def _tell_roll_back(event: AnyEvent) -> None:
    """Print that a roll back runs after Ctrl-C, because it may take minutes."""
    if isinstance(event, StepChange) and event.says == ENDED_EARLY:
        _say("dr: it rolls back first, and does not listen to Ctrl-C until it has")


def _say(text: str) -> None:
    with suppress(OSError):  # the terminal may be lost
        print(text, file=sys.stderr)


def _written(directory: Path, scenario: Scenario, provenance: Provenance) -> folder.VerdictFile:
    try:
        return folder.write(directory, scenario=scenario, provenance=provenance)
    except OSError as error:
        raise OperationError(f"--evidence must have room for a drill's, got {directory}: {error.strerror}") from None


def _print(
    output: OutputFormat,
    console: Console,
    verdict: DrillVerdict,
    scenario: Scenario,
    directory: Path,
    **more: object,
) -> None:
    """Print the verdict; `more` is added to the JSON document."""
    if output is OutputFormat.JSON:
        document = {"scenario": scenario.name, "evidence": str(directory), **verdict.model_dump(mode="json"), **more}
        print(json.dumps(document, indent=2))
        return
    table = Table("rule", "demanded", "measured", "", title=f"{scenario.name}: {_word(verdict)}")
    for each in verdict.findings:
        table.add_row(each.rule, each.demanded, each.measured, "" if each.holds else "FAILS")
    console.print(table)
    console.print(f"Evidence: {directory}", soft_wrap=True)


def _word(verdict: DrillVerdict) -> str:
    return "passed" if verdict.passed else "FAILED"


def _templates(given: list[str]) -> dict[str, str]:
    templates = dict(each.partition("=")[::2] for each in given)
    for fault, template in templates.items():
        if not fault or not template:
            raise UsageError(f"--fis-template must be <fault's id>=<template's id>, got {fault}={template}")
    return templates


def _directory(evidence: Path, name: str) -> Path:
    directory = evidence.resolve() / name
    try:
        directory.mkdir(parents=True)
    except OSError as error:
        raise OperationError(f"--evidence must be a directory to write to, got {evidence}: {error.strerror}") from None
    return directory


def command_options(session: Session, outputs: Path) -> tuple[str, ...]:
    """Return the options for every command that a drill starts: the same site and the same rights."""
    return (
        *("--environment", session.site.suffix, "--outputs", str(outputs), "--output", "json"),
        *("--reason", "drill"),
        *(() if session.role is None else ("--role", session.role)),
        *(() if session.operator is None else ("--operator", session.operator)),
    )
