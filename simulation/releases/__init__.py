"""Releases in the simulation: what is shipped, who releases it, and what the history is told of it."""
