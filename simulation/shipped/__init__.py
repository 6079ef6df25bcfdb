"""The shipped code inside simulated processes: what it takes from outside is replaced by reference, nothing else."""
