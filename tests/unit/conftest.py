"""Reads AWS's descriptions of its services once for all tests: each new session of botocore would parse them anew."""

from collections.abc import Iterator
from functools import cache

import pytest
from botocore.loaders import create_loader


@pytest.fixture(scope="session", autouse=True)
def _descriptions_read_once() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("botocore.session.create_loader", cache(create_loader))
        yield
