"""What an operator types at a terminal."""

from dataclasses import dataclass

from contract.roles import Role
from operations.execution.move import Course
from operations.plans.plan import Purpose


@dataclass(frozen=True)
class CommandLine:
    """What an operator types."""

    purpose: Purpose
    course: Course = Course.BEGIN
    to: Role | None = None
    force: bool = False
    automatic: bool = True
    asks: bool = True
    """Whether somebody reads the plan and types the name before it is carried out."""

    def __str__(self) -> str:
        options = [self.course, f"--to {self.to}" if self.to else "", "--force" if self.force else ""]
        return " ".join(each for each in (self.purpose, *options) if each)
