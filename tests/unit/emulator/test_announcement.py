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
IN_THE_WAY = (
    *("AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN", "AWS_CREDENTIAL_EXPIRATION"),
    *("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_DYNAMODB", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"),
    *("AWS_USE_FIPS_ENDPOINT", "AWS_USE_DUALSTACK_ENDPOINT", "AWS_ROLE_ARN", "AWS_WEB_IDENTITY_TOKEN_FILE"),
)

each_shell = pytest.mark.parametrize(
    "shell", [("bash", "--noprofile", "--norc", "-i", "+m"), ("zsh", "-f", "-i", "+m")], ids=["bash", "zsh"]
)


@each_shell
def test_both_shells_take_all_of_it(tmp_path: Path, shell: tuple[str, ...]) -> None:
    require(shell[0])
    pasted = "\n".join([*announcement(EXPORTS), *(f'echo "{name} is ${name}."' for name in EXPORTS)])
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "HISTFILE": ""}
    ended = subprocess.run(
        shell, input=f"{pasted}\n", env=environment, cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert not [name for name, value in EXPORTS.items() if f"{name} is {value}." not in ended.stdout]
    assert not list(tmp_path.iterdir())


@each_shell
@pytest.mark.parametrize("others", [IN_THE_WAY, ()], ids=["all", "none"])
def test_nothing_else_of_aws_is_left_in_the_way(
    tmp_path: Path, shell: tuple[str, ...], others: tuple[str, ...]
) -> None:
    require(shell[0])
    pasted = "\n".join([*announcement(EXPORTS), "env"])
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "HISTFILE": "", **dict.fromkeys(others, "x\ny z")}
    ended = subprocess.run(
        shell, input=f"{pasted}\n", env=environment, cwd=tmp_path, capture_output=True, text=True, check=False
    )
    names = {line.partition("=")[0] for line in ended.stdout.splitlines()}
    assert {name for name in names if name.startswith("AWS_")} == {"AWS_ENDPOINT_URL"}
    assert "not enough arguments" not in ended.stderr
