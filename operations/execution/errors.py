"""How a step can end before it is done."""

from operations.errors import OperationError


class StepError(OperationError):
    """A step did not come to its end; what was done stays, and the plan can be resumed or rolled back."""


class OvertakenError(StepError):
    """Somebody else changed the writer: the plan is at its end, and nothing of what they did is undone."""


class StoppedError(StepError):
    """The operator stopped a plan that had closed the writer: the closing was undone, or says why it was not."""
