"""Prints answers: JSON is indented, and numbers keep their digits, which floats would not."""

import http.client
import json
import re

from rich.console import Console
from rich.highlighter import JSONHighlighter

from client.https import Response
from client.output import writes_all_text
from client.payments import SUCCESSES

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+')
_INDENT = "  "


def show(answer: Response) -> None:
    """Print the status and the body."""
    console = Console(highlight=False, soft_wrap=True)
    phrase, color = http.client.responses.get(answer.status, ""), "green" if answer.status in SUCCESSES else "red"
    console.print(f"{answer.status} {phrase}".strip(), style=color, markup=False)
    body = answer.body.decode(errors="replace")
    try:
        console.print(JSONHighlighter()(indented(body, ascii_only=not writes_all_text())))
    except (ValueError, RecursionError):
        console.print(body, markup=False)
    if "retry-after" in answer.headers:
        console.print(f"Retry-After: {answer.headers['retry-after']}", markup=False)


def indented(text: str, *, ascii_only: bool = False) -> str:
    """Return the JSON indented.

    Raises:
        ValueError: The text is not JSON.
        RecursionError: It is nested too deeply.
    """
    json.loads(text)
    tokens = [_legible(token, ascii_only=ascii_only) for token in _TOKEN.findall(text)]
    shown, depth = "", 0
    for before, token in zip(["", *tokens], tokens, strict=False):
        is_end = token in ("}", "]")
        depth -= is_end
        opens_line = before not in ("{", "[") if is_end else before in ("{", "[", ",")
        shown += f"\n{_INDENT * depth}{token}" if opens_line else f" {token}" if before == ":" else token
        depth += token in ("{", "[")
    return shown


def _legible(token: str, *, ascii_only: bool) -> str:
    return json.dumps(json.loads(token), ensure_ascii=ascii_only) if token.startswith('"') else token
