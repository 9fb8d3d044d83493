"""What a log may say about an exception."""

import traceback


def place(fault: BaseException) -> str:
    """Type and place only: the text of an exception may quote a patient."""
    last = traceback.extract_tb(fault.__traceback__)[-1]
    return f"{type(fault).__name__} at {last.filename}:{last.lineno}"
