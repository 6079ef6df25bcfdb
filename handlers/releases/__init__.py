"""Releases: the item that says what is under way, its changes, and the moves of aliases and stages that it allows."""
