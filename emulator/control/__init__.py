"""Injecting, healing and showing faults while the emulator runs: a local HTTP interface, its client and a command."""
