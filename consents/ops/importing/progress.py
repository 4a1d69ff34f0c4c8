"""Report the progress of an import: a bar on a terminal, plain lines elsewhere."""

import sys
from pathlib import Path

from django.core.management.base import OutputWrapper
from tqdm import tqdm

from consents.core.counts import write_count

EVERY = 100_000  # rows between two plain lines


class Progress:
    def __init__(self, file: Path | None, stream: OutputWrapper) -> None:
        self.stream = stream
        self.told = 0
        self.bar = None
        if stream.isatty() and file and file.is_file():
            # Not through the stream: Django's adds a line's end and a colour to each write.
            self.bar = tqdm(total=file.stat().st_size, unit="B", unit_scale=True, file=sys.stderr)

    def close(self) -> None:
        if self.bar is not None:
            self.bar.close()

    def __call__(self, offset: int, rows: int) -> None:
        if self.bar is not None:
            self.bar.update(offset - self.bar.n)
        elif rows // EVERY > self.told:
            self.told = rows // EVERY
            self.stream.write(f"{write_count(rows, 'row')} done.")
