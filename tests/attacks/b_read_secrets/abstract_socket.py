"""Connects to an abstract Unix socket, which no file permission guards."""

from tests.attacks.case import Attack

ATTACK = Attack(
    must="the socket is not there",
    stock="leaked",
    last="""
import socket
try:
    with socket.socket(socket.AF_UNIX) as server:
        server.connect(b'\\0@abstract@')
        server.sendall(b'attacked-by-@name@!')
except OSError as error: print(error)
""",
)
