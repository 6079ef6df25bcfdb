"""What synth costs: `./run benchmarks.synth`."""
