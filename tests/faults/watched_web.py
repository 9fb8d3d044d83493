"""A web server that says in its log, on SIGUSR1, how many sockets its hub holds.

`python -m tests.faults.watched_web <module of the server> <its arguments>`
"""

import runpy
import signal
import sys


def tell(*_: object) -> None:
    """Writes one line."""
    from inbox.live.consumers import hub

    print(f"in the hub: {sum(len(sockets) for sockets in hub._users.values())}", flush=True)


if __name__ == "__main__":
    signal.signal(signal.SIGUSR1, tell)
    sys.argv = sys.argv[1:]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
