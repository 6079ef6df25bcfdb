"""The one way in which a check says that a value breaks a rule."""


class RuleError(ValueError):
    """A value breaks the rule named; the text says what it must be, and never what it was."""

    def __init__(self, rule: str, message: str) -> None:
        super().__init__(message)
        self.rule = rule
