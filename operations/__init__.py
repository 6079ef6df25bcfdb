"""The operations of a site: what the on-call engineer runs, against AWS and the emulator alike."""
