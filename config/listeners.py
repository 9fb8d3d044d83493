"""The listening sockets of this process, and how to let nobody new in without losing who is there.

Closing a listener resets the connections that wait in its queue, also those that have sent their
request by then. So newcomers are dropped first: a packet filter on the socket takes away what opens
a connection (SYN), everything else goes through. Who is dropped tries again a second later by
itself (TCP), and finds the port closed, or another process at it.
"""

import contextlib
import ctypes
import os
import socket
import stat
import struct

SO_ATTACH_FILTER = 26  # of <asm-generic/socket.h>; not in Python's socket module
# Classic BPF (code, jump if true, jump if false, k) from the beginning of the TCP header:
# SYN without ACK: keep 0 bytes of it; else all.
_DROP_SYN = (
    (0x30, 0, 0, 13),  # load the byte with the flags
    (0x54, 0, 0, 0x12),  # of these SYN and ACK
    (0x15, 0, 1, 0x02),  # SYN alone?
    (0x06, 0, 0, 0),
    (0x06, 0, 0, 0xFFFFFFFF),
)


class Own:
    """The listeners that come to be after this: those that were there before belong to others too.

    (To systemd, to a parent with several workers: who shares the socket takes what waits there.)
    """

    def __init__(self) -> None:
        self._others = set(_listening())

    def drop_newcomers(self) -> None:
        """From now on nobody new can connect; does nothing where the system is not Linux."""
        for inode, descriptor in _listening().items():
            if inode not in self._others:
                _drop_syn(descriptor)


def _listening() -> dict[int, int]:
    """Inode and descriptor of each TCP socket on which this process listens."""
    found = {}
    with contextlib.suppress(OSError):
        for name in os.listdir("/proc/self/fd"):
            with contextlib.suppress(OSError):
                if _listens(int(name)):
                    found[os.fstat(int(name)).st_ino] = int(name)
    return found


def _listens(descriptor: int) -> bool:
    if not stat.S_ISSOCK(os.fstat(descriptor).st_mode):
        return False
    with socket.socket(fileno=os.dup(descriptor)) as each:
        is_tcp = each.family in (socket.AF_INET, socket.AF_INET6)
        return is_tcp and bool(each.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN))


def _drop_syn(descriptor: int) -> None:
    instructions = b"".join(struct.pack("HBBI", *each) for each in _DROP_SYN)
    program = ctypes.create_string_buffer(instructions)
    # struct sock_fprog: how many instructions, and where.
    pointer = struct.pack("HP", len(_DROP_SYN), ctypes.addressof(program))
    with socket.socket(fileno=os.dup(descriptor)) as listener:
        listener.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, pointer)
