"""Whether the region that does not serve could take over, judged by what it reads itself."""
