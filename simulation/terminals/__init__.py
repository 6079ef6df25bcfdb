"""What stands around `dr` at a simulated operator's terminal: the site, AWS, DNS and endpoints, threads, the clock."""
