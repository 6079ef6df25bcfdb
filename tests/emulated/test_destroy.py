"""`cdktf destroy` leaves nothing behind. The last tests of the deployed stack: they end it."""

import pytest

from tests.emulated.inventory import GLOBAL, GLOBAL_WITH_DOMAIN, REGIONAL, WITH_DOMAIN
from tests.emulated.site import PRIMARY, REGIONS, Aws, Site

Inventory = dict[tuple[str, str], list[str]]
KINDS = {(kind, region): lister for kind, lister in {**REGIONAL, **WITH_DOMAIN}.items() for region in REGIONS} | {
    (kind, PRIMARY): lister for kind, lister in {**GLOBAL, **GLOBAL_WITH_DOMAIN}.items()
}


def taken(aws: Aws) -> Inventory:
    """Take the inventory of the account."""
    return {(kind, region): lister(aws, region) for (kind, region), lister in KINDS.items()}


@pytest.fixture(scope="module")
def before(site: Site) -> Inventory:
    return taken(site.aws)


@pytest.fixture(scope="module")
def after(site: Site, before: Inventory, request: pytest.FixtureRequest) -> Inventory:
    if any("without_domain" in getattr(item, "fixturenames", ()) for item in request.session.items):
        request.getfixturevalue("without_domain")  # what comes next deploys meanwhile
    site.deployment.destroy()
    return taken(site.aws)


def test_the_tests_have_put_everything_back(site: Site) -> None:
    """Each test that took a right, changed a parameter or a variable has undone it: Terraform would change nothing."""
    assert not site.deployment.has_drifted()


@pytest.mark.parametrize("kind", KINDS, ids=" ".join)
def test_it_was_there(before: Inventory, kind: tuple[str, str]) -> None:
    assert before[kind]


@pytest.mark.parametrize("kind", KINDS, ids=" ".join)
def test_nothing_is_left(after: Inventory, kind: tuple[str, str]) -> None:
    assert after[kind] == []


def test_terraform_knows_of_nothing_either(site: Site, after: Inventory) -> None:
    assert site.deployment.resources() == []
