"""`./run rollout`: applies a change one region at a time, the region that does not serve first."""
