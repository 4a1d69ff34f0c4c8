"""A program that waits until it is asked to stop."""

import signal

signal.pause()
