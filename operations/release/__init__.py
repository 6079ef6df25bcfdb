"""A release: what it would move, how its versions are watched, and how it is put back."""
