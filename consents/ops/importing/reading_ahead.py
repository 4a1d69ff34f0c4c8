"""Read and parse the next rows in a thread while the database stores those before: it waits for no file."""

from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor


def read_ahead[T](items: Iterator[T]) -> Generator[T]:
    """Yield the items, of which the next is made while one is used. Close it: no thread is left behind."""
    with ThreadPoolExecutor(1, thread_name_prefix="reading-ahead") as thread:
        coming = thread.submit(next, items, None)
        while (item := coming.result()) is not None:
            coming = thread.submit(next, items, None)
            yield item
