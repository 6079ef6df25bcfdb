"""What a drill leaves behind: the raw event log, the verdict, where it came from, and one page for people."""
