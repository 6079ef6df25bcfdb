"""The operations tool of a deployed site, for AWS and the emulator alike."""
