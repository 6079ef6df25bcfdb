"""`make prove`: what takes too long for every change. The last result of each part is kept in docs/proof.md."""

import argparse
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "proof.md"
HEAD = """# Proof

What takes too long for every change; `make test` runs the rest. `make prove` writes this page, `make prove PART=drills`
one row of it. AWS is emulated or simulated here.

| Part | What it runs | Result | Took | Commit | Date |
| --- | --- | --- | ---: | --- | --- |
"""
PYTEST = (sys.executable, "-m", "pytest", "-q")
SCENARIOS = "tests/emulated/operations/test_scenarios.py"


@dataclass(frozen=True)
class Part:
    """One row of the page."""

    what: str
    command: tuple[str, ...]


PARTS: Mapping[str, Part] = {
    "deployed": Part(
        "the deployed tests that are marked `prove`",
        (*PYTEST, "tests/emulated", "-m", "prove", f"--ignore={SCENARIOS}"),
    ),
    "drills": Part("every drill, four times faster than real time", (*PYTEST, SCENARIOS, "-m", "prove or not prove")),
    "mutants": Part(
        "every planted fault, until an invariant finds it", (sys.executable, "-m", "simulation", "--mutants")
    ),
    "seeds": Part("20,000 seeds", (sys.executable, "-m", "simulation", "--seeds", "20000")),
}


def main() -> int:
    """Run the parts that are asked for, one after the other; return 1 if one of them failed."""
    parser = argparse.ArgumentParser(prog="prove", description=__doc__)
    parser.add_argument("parts", nargs="*", help=f"{', '.join(PARTS)}; all by default", metavar="PART")
    asked = parser.parse_args().parts or list(PARTS)
    if unknown := [each for each in asked if each not in PARTS]:
        parser.error(f"PART must be one of {', '.join(PARTS)}, got {unknown[0]}")
    failed = False
    for name in asked:
        try:
            status, row = proved(name)
        except KeyboardInterrupt:
            print(f"prove: interrupted; {PAGE.name} holds what {name} came to before", file=sys.stderr)
            return 130
        failed = failed or status != 0
        rows = kept() | {name: row}
        PAGE.write_text(HEAD + "".join(f"{rows[each]}\n" for each in PARTS if each in rows))
    return int(failed)


def proved(name: str) -> tuple[int, str]:
    """Run a part, showing what it prints; return its exit status and its row."""
    part, began, last = PARTS[name], time.monotonic(), ""
    commit = described()
    with subprocess.Popen(
        part.command,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    ) as process:
        for line in process.stdout or ():
            print(line, end="", flush=True)
            last = line.strip() or last
    minutes = (time.monotonic() - began) / 60
    result = last.strip("= ").replace("|", "/")
    failure = "" if process.returncode == 0 else f"**exit status {process.returncode}**: "
    cells = name, part.what, failure + result, f"{minutes:.0f} min", commit, datetime.now(UTC).date().isoformat()
    return process.returncode, f"| {' | '.join(cells)} |"


def kept() -> dict[str, str]:
    """Return the page's rows by their part's name."""
    lines = PAGE.read_text().splitlines() if PAGE.exists() else []
    rows = {line.split("|")[1].strip(): line for line in lines if line.startswith("| ")}
    return {name: row for name, row in rows.items() if name in PARTS}


def described() -> str:
    """Return the commit that is checked out, and whether the checkout differs from it."""
    changed = _git("status", "--porcelain", "--", ".", f":!{PAGE.relative_to(ROOT)}")
    return _git("rev-parse", "--short", "HEAD") + (" and changes" if changed else "")


def _git(*arguments: str) -> str:
    command = ["git", "-C", str(ROOT), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


if __name__ == "__main__":
    sys.exit(main())
