"""What synth costs: `python -m benchmarks.synth`."""
