"""What ends a command: the text is the one line that its user reads."""


def one_line(error: BaseException) -> str:
    """Return what an error says in one line; one that says nothing has a name."""
    return " ".join(str(error).split()) or type(error).__name__


class OperationError(Exception):
    """The command could not do its work (exit status 1)."""


class OperatorCancelledError(OperationError):
    """The operator gave no answer, by Ctrl-C; nothing was changed (exit status 130)."""

    def __init__(self) -> None:
        super().__init__("cancelled, nothing was changed")


class UsageError(OperationError):
    """The command was asked for something that it refuses (exit status 2); the text names field, rule and value."""
