"""What the emulator's layers cost beside plain MiniStack: `./run benchmarks.emulator`."""
