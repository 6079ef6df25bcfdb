"""What a command's exit status says."""

DONE = 0
FAILED = 1
REFUSED = 2
"""A precondition does not hold, or the command was misused; nothing was changed."""
INTERRUPTED = 130
