"""`python -m cellcolony`: the command line."""

import sys

from cellcolony.cli import main

if __name__ == "__main__":
    sys.exit(main())
