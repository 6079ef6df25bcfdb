"""Programs that the documents' commands use, and that no package manager of this project's installs."""

import shutil

import pytest

_PACKAGES = {"dig": "bind9-dnsutils, bind-utils or bind-tools", "aws": "awscli", "zsh": "zsh"}


def require(program: str) -> None:
    """Fail clearly where a program is missing."""
    if shutil.which(program) is None:
        pytest.fail(f"{program} is not on the PATH: install {_PACKAGES[program]}", pytrace=False)
