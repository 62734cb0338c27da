"""Sends what it knows to a server on this machine, by UDP."""

from tests.attacks.case import Attack

ATTACK = Attack(
    must="there is no network",
    stock="leaked",
    last="""
import socket
try: socket.socket(type=socket.SOCK_DGRAM).sendto(b'attacked-by-@name@!', ('127.0.0.1', @udp@))
except OSError as error: print(error)
""",
)
