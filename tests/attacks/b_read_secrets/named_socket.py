"""Connects to a named Unix socket that the grading user may use, as databases and container daemons have."""

from tests.attacks.case import Attack

ATTACK = Attack(
    must="the socket is not there",
    stock="leaked",
    last="""
import socket
try:
    with socket.socket(socket.AF_UNIX) as server:
        server.connect('@door@')
        server.sendall(b'attacked-by-@name@!')
except OSError as error: print(error)
""",
)
