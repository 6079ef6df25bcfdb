"""While us-east-1 is down, the standby can be changed with Terraform, by the commands of docs/runbook.md."""

from collections.abc import Iterator

import pytest

from contract.environment import Function
from emulator import Emulator
from tests.emulated.operations import pages
from tests.emulated.site import PRIMARY, STANDBY, Site

pytestmark = pytest.mark.prove

SIZED = [function for function in Function if function is not Function.TICKER]
"""A ticker has a size of its own."""

SECTIONS = pages.sections(pages.ROOT / "docs" / "runbook.md")
*PLAN, APPLY = SECTIONS["Change the standby while us-east-1 is down"]


def memory(site: Site, region: str) -> dict[Function, int]:
    """Return the size of each function that the setting sizes."""
    functions = site.aws("lambda", region)
    return {
        function: functions.get_function_configuration(FunctionName=site.name(function, region))["MemorySize"]
        for function in SIZED
    }


@pytest.fixture
def deployed(site: Site) -> Iterator[dict[Function, int]]:
    """Put everything back: what was synthesized, Terraform's state, the functions."""
    deployment = site.deployment
    stack = deployment.directory / "cdktf.out" / "stacks" / deployment.stack
    files = (stack / "cdk.tf.json", deployment.directory / f"terraform.{deployment.stack}.tfstate")
    before = {file: file.read_bytes() for file in files}
    sizes = memory(site, STANDBY)
    yield sizes
    for file, content in before.items():
        file.write_bytes(content)
    (stack / "standby.tfplan").unlink(missing_ok=True)
    functions = site.aws("lambda", STANDBY)
    names = {site.name(function, STANDBY): size for function, size in sizes.items()}
    for name, size in names.items():
        functions.update_function_configuration(FunctionName=name, MemorySize=size)
    for name in names:
        functions.get_waiter("function_updated_v2").wait(FunctionName=name, WaiterConfig={"Delay": 1})


def test_the_standby_can_be_changed(site: Site, emulator: Emulator, deployed: dict[Function, int]) -> None:
    exports = SECTIONS["Before anything"][:1]
    directory = site.deployment.directory
    with emulator.inject("control-plane-down"):
        with emulator.inject("region-down", region=PRIMARY, mode="hang"):
            said = pages.run(site, *exports, *PLAN, directory=directory)
        assert f"0 to add, {len(SIZED)} to change, 0 to destroy" in said
        with emulator.inject("region-down", region=PRIMARY, mode="refuse"):
            pages.run(site, *exports, PLAN[0], APPLY, directory=directory)
    assert memory(site, STANDBY) == dict.fromkeys(SIZED, 1024)
    assert memory(site, PRIMARY) == deployed
