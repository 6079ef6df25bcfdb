"""What the emulator prints to be pasted into another shell."""

import os
import subprocess
from pathlib import Path

import pytest

from emulator.__main__ import announcement
from tests.emulated.programs import require

EXPORTS = {
    "AWS_ENDPOINT_URL": "http://127.0.0.1:4566",
    "EMULATOR_CA_FILE": "/tmp/a directory/ca.pem",  # noqa: S108 — a value
    "EMULATOR_DATA_PLANE_PORT": "8443",
    "EMULATOR_DNS_PORT": "5353",
    "EMULATOR_TIME_SCALE": "1",
}


@pytest.mark.parametrize("shell", [("bash", "--noprofile", "--norc", "-i", "+m"), ("zsh", "-f", "-i", "+m")])
def test_both_shells_take_all_of_it(tmp_path: Path, shell: tuple[str, ...]) -> None:
    require(shell[0])
    pasted = "\n".join([*announcement(EXPORTS), *(f'echo "{name} is ${name}."' for name in EXPORTS)])
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "HISTFILE": "", "AWS_PROFILE": "work"}
    ended = subprocess.run(
        shell, input=f"{pasted}\n", env=environment, cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert not [name for name, value in EXPORTS.items() if f"{name} is {value}." not in ended.stdout]
    assert not list(tmp_path.iterdir())
