"""The writer item: the one place that says which region may store payments."""
