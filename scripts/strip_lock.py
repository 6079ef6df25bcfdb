"""Removes package sources from Pipfile.lock, so that installs use pip's configured index."""

import json
import sys
from pathlib import Path


def main() -> None:
    """Rewrite the given lock file."""
    path = Path(sys.argv[1])
    lock = json.loads(path.read_text(encoding="utf-8"))
    lock["_meta"]["sources"] = []
    for section in ("default", "develop"):
        for package in lock[section].values():
            package.pop("index", None)
    path.write_text(json.dumps(lock, indent=4, sort_keys=True) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
