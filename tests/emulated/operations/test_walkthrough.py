"""The commands of docs/outage.md, run as they are printed, and their output held against what the page shows."""

import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from emulator import Emulator
from tests.emulated.outage import await_dns
from tests.emulated.programs import require
from tests.emulated.site import PRIMARY, REGIONS, Site
from tests.emulated.writing import move_writer, unattended

pytestmark = pytest.mark.prove

ROOT = Path(__file__).resolve().parents[3]
PAGE = ROOT / "docs" / "outage.md"

ELSEWHERE = ("make emulator", "./run deploy --auto-approve", "./run destroy --auto-approve")
"""What the session's fixtures and other tests do already."""

BLOCK = re.compile(r"^```(sh|text)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
MARK = "@@ next @@"

PATIENTLY = """
patiently() {
  local said
  while said=$("$@" 2>&1); [[ $said = *"503 Service Unavailable"* ]]; do sleep 1; done
  echo "$said"
}
"""
"""Repeats a payment that is refused: a region on a busy machine may not read the writer in time, and says so."""


@dataclass(frozen=True)
class Step:
    """Commands, and what the page shows of their output: `…` stands for anything, blanks and tabs for one another."""

    commands: str
    shown: str

    def says(self, printed: str) -> bool:
        shown, said = (re.sub(r"[ \t]+", " ", text.strip()) for text in (self.shown, printed))
        return re.fullmatch(".*?".join(map(re.escape, shown.split("…"))), said, re.DOTALL) is not None


def steps() -> list[Step]:
    found: list[Step] = []
    for kind, text in BLOCK.findall(PAGE.read_text()):
        if kind == "sh":
            found.append(Step(text, ""))
        else:
            found.append(Step(found.pop().commands, text))
    return found


HERE = [step for step in steps() if step.commands.strip() not in ELSEWHERE]


@pytest.fixture(scope="module")
def printed(site: Site, emulator: Emulator, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[str]]:
    """What each step printed, in one shell as a reader has it."""
    require("dig")
    for region in REGIONS:  # what other tests have left there forbids a failback
        for kind in ("retry", "dead_letter", "stream_failure"):
            site.aws("sqs", region).purge_queue(QueueUrl=site.queue(kind, region))
    commands = [re.sub("^(?=./run client pay)", "patiently ", step.commands, flags=re.MULTILINE) for step in HERE]
    # The hour before the page began holds what other tests did on purpose.
    commands = [text.replace("./dr failback", "./dr failback --earlier 0") for text in commands]
    script = f"\necho '{MARK}'\n".join([PATIENTLY, *commands])
    surroundings = {
        **site.deployment.environment,
        "DR_OUTPUTS": str(site.deployment.directory / "outputs.json"),  # not those of the checkout's own deployment
        "DR_JOURNALS": str(tmp_path_factory.mktemp("walkthrough")),
    }
    try:
        with unattended(site):
            ended = subprocess.run(
                ["/bin/bash", "-c", script],
                cwd=ROOT,
                env=surroundings,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                timeout=900,  # a ticker takes over in real seconds, and replication has to settle before the return
                check=False,
            )
        yield ended.stdout.split(f"{MARK}\n")[1:]
    except subprocess.TimeoutExpired as late:
        pytest.fail(f"the page's commands do not end:\n{(late.stdout or b'').decode()}", pytrace=False)
    finally:
        emulator.heal()
        move_writer(site, PRIMARY)
        emulator.set_time_scale(1)
        await_dns(site, PRIMARY)


def test_the_page_leaves_nothing_out() -> None:
    assert [step.commands.strip() for step in steps() if step not in HERE] == list(ELSEWHERE)


@pytest.mark.parametrize("number", range(len(HERE)), ids=[step.commands.splitlines()[0][:50] for step in HERE])
def test_a_step_prints_what_the_page_shows(printed: list[str], number: int) -> None:
    assert HERE[number].says(printed[number]), printed[number]
