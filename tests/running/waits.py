"""A program that waits until it is asked to stop."""

import signal

if __name__ == "__main__":
    signal.pause()
