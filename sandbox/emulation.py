"""The emulator as the sandbox's programs start it: what AWS's SDK could not read ends them before anything runs."""

import contextlib
import os
from collections.abc import Iterator

from client.aws_profile import check_own_profile
from client.aws_variables import check_aws_variables
from emulator import Emulator, running


@contextlib.contextmanager
def emulated_aws() -> Iterator[Emulator]:
    """Run an emulator until the block ends.

    Raises:
        BadAwsVariableError: AWS's variables or configuration files hold what the programs in it could not read.
        StartError: It did not start.
        EndedError: It has ended with an error meanwhile.
    """
    check_aws_variables(os.environ)
    check_own_profile()
    with running() as emulator:
        yield emulator
