"""The operators of a drill: they run commands of `dr`, are killed in the middle, or act at the same moment."""

import subprocess
from collections.abc import Collection, Sequence
from pathlib import Path

from handlers.runtime import timestamp
from operations.cli.exit_status import DONE, FAILED, REFUSED, UNVERIFIED
from operations.clock import OperationsClock, at_least
from operations.drills.commands import Commands, had_nothing_to_do, kill, said_last
from operations.drills.conditions import LatestObservations
from operations.drills.duplicate_acceptance import Judge
from operations.drills.events import StepChange
from operations.drills.log import EventLog
from operations.errors import OperationError

_WELL = (DONE, UNVERIFIED)
"""How a command ends that did its work: the drill's own payers judge whether payments are taken."""

_POLL_SECONDS = 0.05
_REFUSED_PAUSE = 5.0
_REAL_PAUSE = 4.0
"""Between two attempts of a command that refuses: each reads everything there is."""

Running = tuple[subprocess.Popen[bytes], Path]


class CommandError(OperationError):
    """A command did not end as it should."""


class Operators:
    """Runs commands of `dr`.

    Args:
        commands: Starts them.
        clock: What waits between two attempts.
        log: Where it is recorded what they said.
        watch: What tells when to kill one.
        judge: What a failback may leave out of its comparison.
    """

    def __init__(
        self, *, commands: Commands, clock: OperationsClock, log: EventLog, watch: LatestObservations, judge: Judge
    ) -> None:
        self._commands, self._clock, self._log, self._watch, self._judge = commands, clock, log, watch, judge

    def command(
        self, arguments: Sequence[str], *, within: float, kill_when: str | None = None, well: Collection[int] = _WELL
    ) -> Path:
        """Run a command to its end, again and again while it refuses; return the file of its messages.

        Args:
            arguments: What follows `dr`.
            within: Emulated seconds after which a refusal is final.
            kill_when: The condition at which it is killed, without any warning.
            well: The exit statuses with which it did what it should.

        Raises:
            CommandError: It failed, refused for too long, or ended before it could be killed.
        """
        limit = self._log.elapsed() + within
        while True:
            process, messages = self._commands.start((*arguments, *self._comparing(arguments)))
            try:
                killed = self._attend(process, kill_when)
            except BaseException:
                kill(process)
                raise
            if killed:
                return messages
            if kill_when:
                raise CommandError(f"it ended with {process.returncode} before {kill_when}: {said_last(messages)}")
            if process.returncode in well:
                return messages
            if process.returncode != REFUSED or self._log.elapsed() > limit:
                raise CommandError(f"exit status {process.returncode}: {said_last(messages)}")
            if judged := self._judge.judge():
                self._log.record(StepChange, says=f"judge as paid once: {', '.join(judged)}", state="done")
                continue
            self._clock.sleep(at_least(_REFUSED_PAUSE, real=_REAL_PAUSE, scale=self._clock.scale))

    def compete(self, commands: Sequence[Sequence[str]]) -> None:
        """Start commands at the same moment, each by an operator with journals of their own, and let all end.

        Raises:
            CommandError: Not exactly one was done, or one ended otherwise than by a failure or a refusal.
        """
        running: list[Running] = []
        try:
            for number, each in enumerate(commands, start=1):
                running.append(self._commands.start(each, operator=number))
            for process, _ in running:
                self._attend(process, None)
        except BaseException:
            for process, _ in running:
                kill(process)
            raise
        ends = [(each, process.returncode, path) for each, (process, path) in zip(commands, running, strict=True)]
        for arguments, status, messages in ends:
            said = "done" if status in _WELL else f"exit status {status}: {said_last(messages)}"
            self._log.record(StepChange, says=f"dr {' '.join(arguments)}", state="done", detail=said)
        done = [
            arguments for arguments, status, messages in ends if status in _WELL and not had_nothing_to_do(messages)
        ]
        if len(done) != 1:
            raise CommandError(f"exactly one command must come to its end, but {len(done)} did")
        if wrong := [status for _, status, _ in ends if status not in (*_WELL, FAILED, REFUSED)]:
            raise CommandError(f"who comes second must be told so, but a command ended with {wrong[0]}")

    def _comparing(self, arguments: Sequence[str]) -> tuple[str, ...]:
        """Let a failback compare what the drill may have brought apart, but for what has been judged."""
        if arguments[0] != "failback" or "--resume" in arguments:
            return ()
        return ("--since", timestamp(self._log.started_at), "--earlier", "0", *self._judge.options)

    def _attend(self, process: subprocess.Popen[bytes], kill_when: str | None) -> bool:
        """Wait until a command ends; return whether it was killed before."""
        since = self._log.elapsed()
        while process.poll() is None:
            if kill_when and self._watch.is_true(kill_when, since):
                kill(process)
                return True
            with self._watch.changed:
                self._watch.changed.wait(_POLL_SECONDS)
        return False
