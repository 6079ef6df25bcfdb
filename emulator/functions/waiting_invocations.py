# ruff: noqa: SLF001 — MiniStack offers no public seams
"""An invocation that waits for a worker: its function may be changed, deleted or lost with its region meanwhile."""

from collections.abc import Callable
from dataclasses import dataclass

from ministack.services import lambda_svc

from emulator.patching import Theirs


class FunctionUnavailableError(Exception):
    """A function has gone, or its region has gone down, while an invocation waited.

    Args:
        kind: Lambda's name of the error.
        message: What it says.
    """

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


@dataclass(eq=False)
class WaitingInvocation:
    """One invocation, with the function as it was when last looked at; `key` is MiniStack's of its workers."""

    key: str
    name: str
    configuration: dict[str, Theirs]
    code: bytes
    qualifier: str

    def renew(self, runs: Callable[[str], bool]) -> None:
        """Take the function as it is now."""
        account, region, *_ = self.key.split(":")
        if not runs(region):
            raise FunctionUnavailableError("ServiceException", f"Lambda in {region} is down")
        function = lambda_svc._functions.get_scoped(account, region, self.name)
        record, configuration = lambda_svc._effective_func_record_for_qualifier(function, self.qualifier)
        if record is None:
            arn = self.configuration["FunctionArn"]
            raise FunctionUnavailableError("ResourceNotFoundException", f"Function not found: {arn}")
        self.configuration, self.code = configuration, record["code_zip"]


def answering(original: Callable[..., Theirs]) -> Callable[..., Theirs]:
    """Let an invocation that is left without its function fail as one that comes too late does."""

    def execute(*invocation: Theirs) -> Theirs:
        try:
            return original(*invocation)
        except FunctionUnavailableError as error:
            body = {"errorMessage": str(error), "errorType": error.kind}
            return {"body": body, "error": True, "log": str(error)}

    return execute
