"""Messages on a socket: each behind its length, sent and received with an eye on the clock.

Like ``wire.py``, loaded alone by the child.
"""

from __future__ import annotations

import select
import socket
import struct
import time

from .limits import Limits
from .wire import MAX_HEAD, WireError

_FRAME = struct.Struct("!Q")


def frame_limit(limits: Limits) -> int:
    """Return how long the longest honest frame is, in bytes."""
    return limits.value_bytes + MAX_HEAD + 4


def send(connection: socket.socket, message: bytes, deadline: float | None = None) -> None:
    """Send one frame; `deadline` is on the clock of ``time.monotonic``.

    Raises
    ------
    TimeoutError
        When the other side does not read in time.
    OSError
        When the other side is gone.
    """
    rest = memoryview(_FRAME.pack(len(message)) + message)
    while rest:
        try:
            rest = rest[connection.send(rest[: 2**18]) :]
        except BlockingIOError:
            _wait(connection, select.POLLOUT, deadline)


def receive(connection: socket.socket, limits: Limits, deadline: float | None = None) -> bytearray:
    """Receive one frame.

    Raises
    ------
    WireError
        When the frame says it is longer than any honest one, before memory is set aside for it.
    TimeoutError, OSError
        When nothing comes in time, or the other side is gone.
    """
    (length,) = _FRAME.unpack(_receive_exactly(connection, _FRAME.size, deadline))
    if length > frame_limit(limits):
        raise WireError("The message is longer than the limit.")
    return _receive_exactly(connection, length, deadline)


def _receive_exactly(connection: socket.socket, length: int, deadline: float | None) -> bytearray:
    data = bytearray()
    while len(data) < length:
        _wait(connection, select.POLLIN, deadline)
        try:
            part = connection.recv(min(length - len(data), 2**18))
        except BlockingIOError:
            continue
        if not part:
            raise ConnectionResetError("the other side is gone")
        data += part
    return data


def _wait(connection: socket.socket, event: int, deadline: float | None) -> None:
    if deadline is None:
        return
    poller = select.poll()
    poller.register(connection, event)
    left = deadline - time.monotonic()
    if left <= 0 or not poller.poll(left * 1000):
        raise TimeoutError("time is up")
