"""The ways in which a step can fail."""

from operations.errors import OperationError


class StepError(OperationError):
    """A step failed; what was done stays, and the plan can be resumed or rolled back."""


class OvertakenError(StepError):
    """Somebody else changed the writer: the plan ends, and their change is kept."""


class StoppedError(StepError):
    """The operator stopped a plan that had closed the writer; the message says whether the closing was undone."""
