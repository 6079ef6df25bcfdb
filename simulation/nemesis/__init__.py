"""Draws faults from the seed and brings them upon the world: rare, and together; all end before the end."""
