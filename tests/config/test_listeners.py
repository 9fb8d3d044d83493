"""Which sockets of a process are its listeners; looking leaves nothing behind."""

import os
import socket
from pathlib import Path

from config import listeners


def test_those_that_were_there_before_are_not_ours() -> None:
    with socket.create_server(("127.0.0.1", 0)) as before:
        own = listeners.Own()
        with socket.create_server(("127.0.0.1", 0)) as mine:
            own.drop_newcomers()
            with socket.create_connection(before.getsockname(), timeout=5):
                pass
            with socket.socket() as newcomer:
                newcomer.settimeout(0.3)
                assert newcomer.connect_ex(mine.getsockname()) != 0


def test_looking_leaves_no_descriptor_open(tmp_path: Path) -> None:
    """Of files and pipes as well: a copy of a pipe's end keeps it from ending."""
    read, write = os.pipe()
    with socket.create_server(("127.0.0.1", 0)), (tmp_path / "file").open("w"):
        before = set(os.listdir("/proc/self/fd"))
        listeners.Own().drop_newcomers()
        assert set(os.listdir("/proc/self/fd")) == before
    os.close(write)
    assert os.read(read, 1) == b""
    os.close(read)
