"""What a seed of the simulation costs."""
