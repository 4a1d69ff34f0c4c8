"""Log lines without personal values: no request bodies, no query strings, no text of database errors."""

import logging


class PlainFormatter(logging.Formatter):
    """Format one line: time, level, logger, message. Exceptions show their type and place, never their text.

    PostgreSQL puts row values into error details, so `str(exc)` is never printed.
    """

    def format(self, record: logging.LogRecord) -> str:
        line = f"{self.formatTime(record)} {record.levelname} {record.name} {record.getMessage()}"
        if record.exc_info and record.exc_info[1] is not None:
            line += f" [{self.where(record.exc_info[1])}]"
        return line.replace("\r", "\\r").replace("\n", "\\n")

    def where(self, exc: BaseException) -> str:
        places = []
        trace = exc.__traceback__
        while trace:
            places.append(f"{trace.tb_frame.f_code.co_filename.rsplit('/', 1)[-1]}:{trace.tb_lineno}")
            trace = trace.tb_next
        state = getattr(exc, "sqlstate", None) or getattr(exc.__cause__, "sqlstate", None)
        return " ".join(filter(None, [type(exc).__name__, state, " > ".join(places[-6:])]))
