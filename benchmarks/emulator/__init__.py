"""What the emulator's layers cost beside plain MiniStack: `python -m benchmarks.emulator`."""
