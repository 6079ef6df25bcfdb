"""The present state of the site: every fact is known, or unknown with a reason."""
