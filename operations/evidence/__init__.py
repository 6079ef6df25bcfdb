"""The evidence of drills and moves: events, verdict, provenance, and a report for people."""
