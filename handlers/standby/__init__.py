"""What the standby watches of the primary, and when it takes over by itself."""
