"""What the site looks like now: every fact is known, or unknown with a reason."""
