"""`python -m client`: pays, reads a payment and watches an endpoint, for people."""

import sys

from client.command import main

if __name__ == "__main__":
    sys.exit(main())
