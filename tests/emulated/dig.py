"""`dig`, which the documents ask questions with."""

import shutil

import pytest


def require_dig() -> None:
    """Fail where it is missing: a page whose commands were not run is not tested."""
    if shutil.which("dig") is None:
        pytest.fail("dig is not on the PATH: install bind9-dnsutils, bind-utils or bind-tools", pytrace=False)
