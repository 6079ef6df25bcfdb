"""The command line: one file a group of commands, what they share in `options`."""
