"""Leaves a file in every folder it can write, to know the second time that it runs again."""

from tests.attacks.case import Attack

ATTACK = Attack(
    must="every process begins with empty folders",
    stock="wrote",
    answers={"scale": "import os\ndef scale(x, factor):\n    os._exit(0)"},
    first="""
import os, tempfile
runs = 0
folders = ('.', os.path.expanduser('~'), '@home@', tempfile.gettempdir(), '/tmp', '/dev/shm')
for folder in {os.path.realpath(folder) for folder in folders}:
    try:
        with open(os.path.join(folder, 'attacked-by-@name@!'), 'a+') as file:
            file.write('attacked-by-@name@!\\n'); file.seek(0)
            runs = max(runs, len(file.readlines()))
    except OSError as error: print(error)
""",
    last="if runs > 1: print('ran', 'before')",
    marks={"scale": 0},
    outcome={"scale": "died"},
    never=("ran before",),
)
