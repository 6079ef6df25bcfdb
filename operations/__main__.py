"""`python -m operations`: the commands of the on-call engineer."""

import sys

from operations.cli.app import main

if __name__ == "__main__":
    sys.exit(main())
