"""The command line: one file per group of commands; `options` holds what they share."""
