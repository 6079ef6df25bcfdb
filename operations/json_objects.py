"""Finds JSON objects in a command's output, around which CI wrappers print lines of their own.

HashiCorp's setup-terraform action, for example, makes `terraform` print `[command]/usr/bin/terraform output -json`
first and `::debug::…` lines afterwards, the last of which repeats the whole output.
"""

import json
import re
from typing import Any

_DECODER = json.JSONDecoder()
_BEGIN = re.compile(r"^\{", re.MULTILINE)


def json_objects(text: str) -> list[dict[str, Any]]:
    """Return the JSON objects that begin at the start of a line, in order; an empty list if there are none.

    Before the first one there may be blanks and a byte order mark, as Windows editors and shells write them.
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
