"""The guard of a server: `python -m consents.core.embedded HOME`."""

import sys
from pathlib import Path

from consents.core.embedded.guard import guard

if __name__ == "__main__":
    guard(Path(sys.argv[1]))
