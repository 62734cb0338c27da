"""Sends what it knows to a server on this machine, by TCP."""

from tests.attacks.case import Attack

ATTACK = Attack(
    must="there is no network",
    stock="leaked",
    last="""
import socket
try:
    with socket.create_connection(('127.0.0.1', @tcp@), 2) as server:
        server.sendall(b'attacked-by-@name@!')
except OSError as error: print(error)
""",
)
