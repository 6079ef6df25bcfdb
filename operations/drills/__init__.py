"""Game days: steady state, fault, what clients experience meanwhile, roll back, verdict."""
