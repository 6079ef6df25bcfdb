"""Finds JSON in what a command printed: wrappers of CI systems print lines of their own before and after it.

HashiCorp's setup-terraform action, for one, lets `terraform` print `[command]/usr/bin/terraform output -json` first and
`::debug::…` lines afterwards, the last of which repeats the whole output.
"""

import json
import re
from typing import Any

_DECODER = json.JSONDecoder()
_BEGIN = re.compile(r"^\{", re.MULTILINE)


def json_objects(text: str) -> list[dict[str, Any]]:
    """Return the JSON objects that begin at the start of a line, in order; none is an empty list.

    Before the first one there may be blanks and a byte order mark, as editors and shells of Windows leave them.
    """
    found: list[dict[str, Any]] = []
    position = 0
    text = text.lstrip("\ufeff \t\r\n")
    while begins := _BEGIN.search(text, position):
        try:
            document, position = _DECODER.raw_decode(text, begins.start())
            found.append(document)
        except (ValueError, RecursionError):
            position = begins.end()
    return found
