"""Draws all screens anew: `.venv/bin/python -m tests.unit.operations.screens`; read what changed before committing."""

from tests.unit.operations.screens.files import FILES, text_of

for name in FILES:
    FILES[name].write_text(text_of(name), encoding="utf-8")
