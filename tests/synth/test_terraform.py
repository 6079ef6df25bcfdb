"""`terraform validate` on every shipped environment: each argument exists and fits, by the real provider."""

from tests.synth.reading import Synthesized
from tests.synth.terraform import Validation

# Provider 5 has it for what provider 6 does anyway (FACTS 3.8).
ACCEPTED_WARNINGS = {'The "reset_on_delete" attribute will be removed in a future version of the provider'}


def test_there_are_no_errors(validation: Validation, shipped: Synthesized) -> None:
    assert validation.diagnostics(shipped, "error") == []
    assert validation.valid


def test_there_are_no_warnings_but_those_that_are_meant(validation: Validation, shipped: Synthesized) -> None:
    assert {each["detail"] for each in validation.diagnostics(shipped, "warning")} <= ACCEPTED_WARNINGS
