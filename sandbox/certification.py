"""The steps of a certification, run one after the other within a budget; whatever happens, it destroys and lists.

Nothing here knows whether AWS or an emulator answers: the environment's variables say so.
"""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

HOURS_A_MONTH = 730
DRILLS = ("planned-switchover", "stale-clients", "two-operators", "abandoned-switchover", "bad-release")
"""Those that need no fault of AWS's, so that they run on AWS as they are."""

_REFUSED = 2
_AGAIN_SECONDS = 15.0
_PATIENCE_SECONDS = 900.0
"""How long a step is tried again that is refused: replication lag is known only after some minutes."""


@dataclass(frozen=True)
class CertificationStep:
    """One command; its exit status 0 is success."""

    name: str
    command: tuple[str, ...]


@dataclass
class CertifiedStep:
    """How a step ended."""

    name: str
    status: int
    seconds: float
    spent: float
    """Dollars since the beginning, as calculated."""


@dataclass
class CertificationRecord:
    """What a certification came to; `document` is what is kept."""

    suffix: str
    estimate: float
    budget: float
    steps: list[CertifiedStep] = field(default_factory=list)
    left: list[str] | None = None
    """ARNs of what is left; None when that could not be read."""
    ended: str = ""
    """Why it ended early."""

    @property
    def is_good(self) -> bool:
        """Whether every step succeeded, and it is known that nothing is left."""
        return not self.ended and self.left == [] and all(each.status == 0 for each in self.steps)

    def document(self) -> dict[str, Any]:
        """Return it for JSON."""
        return {"certified": self.is_good, **asdict(self)}


@dataclass(frozen=True)
class Spending:
    """What is spent with time: the stack's price an hour, and what a run costs beside it."""

    hourly: float
    fixed: float
    """Payments, requests and exports of one run."""
    hours: float
    """How long a run takes, so that the estimate can be said before it begins."""
    clock: Callable[[], float] = time.monotonic

    @property
    def estimate(self) -> float:
        """The dollars of a whole run."""
        return self.fixed + self.hourly * self.hours

    def since(self, began: float) -> float:
        """Return the dollars since a moment of the clock."""
        return self.fixed + self.hourly * (self.clock() - began) / 3600


def operating_steps(suffix: str, outputs: Path, evidence: Path, regions: Sequence[str]) -> list[CertificationStep]:
    """Return what is done with a deployment: pay, move, come back, release, drill."""
    python = (sys.executable, "-m")
    which = ("--environment", suffix, "--outputs", str(outputs))
    moving = (*which, "--yes", "--pay", "--operator", "certify", "--reason", "certification")

    def dr(name: str, *words: str) -> CertificationStep:
        return CertificationStep(name, (*python, "operations", *words))

    both = ",".join(regions)
    return [
        dr("wait until both regions are ready", "wait", "ready-for-switchover", "--within", "30m", *which),
        CertificationStep(
            "pay", (*python, "client", "pay", "--amount", "1.00", "--environment", suffix, "--regions", both)
        ),
        dr("readiness", "readiness", *which),
        dr("switchover", "switchover", *moving),
        dr("wait until a failback can begin", "wait", "ready-for-failback", "--within", "30m", *which),
        dr("failback", "failback", *moving),
        dr("failover", "failover", *moving),
        dr("reconcile", "reconcile", *which, "--yes", "--audit", str(evidence / "reconcile.jsonl")),
        dr("wait until the failback can begin", "wait", "ready-for-failback", "--within", "30m", *which),
        dr("failback after the failover", "failback", *moving),
        dr("release", "release", "start", "--api", "--bake", "60", "--yes", "--reason", "certification", *which),
        dr("copies", "copies", "--dry-run", *which),
        *(
            dr(f"drill {name}", "drill", "run", name, "--yes", *which, "--evidence", str(evidence / "drills"))
            for name in DRILLS
        ),
        dr("evidence", "evidence", *which),
    ]


class Certification:
    """Runs steps and keeps what they print; `destroy` and the listing come last, also after a failure.

    Args:
        certificate: What is filled in.
        directory: Where a file of each step's output is kept.
        environment: The variables of every command.
        spending: What time costs.
        say: Told one line about each step.
        pause: Waits so many seconds.
    """

    def __init__(
        self,
        certificate: CertificationRecord,
        directory: Path,
        environment: Mapping[str, str],
        spending: Spending,
        *,
        say: Callable[[str], None],
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._certificate, self._directory, self._environment = certificate, directory, environment
        self._spending, self._say, self._pause = spending, say, pause
        self._began = spending.clock()

    def run(
        self,
        deploy: CertificationStep,
        operate: Callable[[], Sequence[CertificationStep]],
        destroy: CertificationStep,
        left: Callable[[], list[str]],
    ) -> None:
        """Deploy, operate and destroy; a step that fails, or a budget that is used up, skips to destroying."""
        certificate = self._certificate
        try:
            if self._step(deploy):
                for step in operate():
                    if not self._step(step):
                        break
        except KeyboardInterrupt:
            certificate.ended = "interrupted"
        except OSError as error:
            certificate.ended = str(error)
        finally:
            self.take(destroy)
            try:
                certificate.left = left()
            except Exception as error:  # noqa: BLE001 — whatever it was, what is left is unknown then
                certificate.ended = certificate.ended or f"what is left is unknown: {error}"
            path = self._directory / "certificate.json"
            path.write_text(json.dumps(certificate.document(), indent=2) + "\n", encoding="utf-8")

    def _step(self, step: CertificationStep) -> bool:
        """Run a step unless the budget is used up, and return whether to go on."""
        certificate = self._certificate
        spent = self._spending.since(self._began)
        if spent >= certificate.budget:
            certificate.ended = f"the budget of ${certificate.budget:.2f} is used up before: {step.name}"
            return False
        status = self.take(step)
        if status:
            certificate.ended = f"{step.name} ended with {status}: see {self._file(step).name}"
        return not status

    def take(self, step: CertificationStep) -> int:
        """Run a step, again while it is refused, and return its exit status."""
        began = self._spending.clock()
        while True:
            status = self._called(step)
            waited = self._spending.clock() - began
            if status != _REFUSED or waited > _PATIENCE_SECONDS:
                break
            self._pause(_AGAIN_SECONDS)
        took, spent = self._spending.clock() - began, self._spending.since(self._began)
        self._certificate.steps.append(CertifiedStep(step.name, status, round(took, 1), round(spent, 2)))
        self._say(f"{step.name}: {'done' if status == 0 else f'FAILED ({status})'}, {took:.0f} s, ${spent:.2f} so far")
        return status

    def _called(self, step: CertificationStep) -> int:
        with self._file(step).open("a", encoding="utf-8") as output:
            done = subprocess.run(  # noqa: S603 — the project's own commands
                step.command,
                cwd=self._directory,  # where cdktf.json is
                env=dict(self._environment),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                check=False,
            )
        return done.returncode

    def _file(self, step: CertificationStep) -> Path:
        return self._directory / f"{step.name.replace(' ', '-')}.txt"
