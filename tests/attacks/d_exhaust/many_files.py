"""Writes 200 MB in forty files, each below the limit of one file."""

from tests.attacks.case import Attack

ATTACK = Attack(
    must="refused at the limit of all files together",
    stock="no limit",
    last="""
import os, tempfile
try:
    for number in range(40):
        folder = (os.getcwd(), tempfile.gettempdir(), os.path.expanduser('~'))[number % 3]
        with open(os.path.join(folder, f'part-{number}'), 'wb') as file: file.write(b'x' * (5 * 10**6))
    print('wrote 200 MB in parts')
except OSError as error: print(error)
""",
    never=("wrote 200 MB in parts",),
)
