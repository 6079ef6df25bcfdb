"""The errors that end a command; their text is the one line that the user reads."""


def one_line(error: BaseException) -> str:
    """Return an error's message in one line, or its class name if the message is empty."""
    return " ".join(str(error).split()) or type(error).__name__


class OperationError(Exception):
    """The command could not do its work (exit status 1)."""


class OperatorCancelledError(OperationError):
    """The operator pressed Ctrl-C at a question; nothing was changed (exit status 130)."""

    def __init__(self) -> None:
        super().__init__("cancelled, nothing was changed")


class UsageError(OperationError):
    """The command refuses its input (exit status 2); the text names field, rule and value."""
