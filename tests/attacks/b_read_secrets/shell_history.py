"""Reads IPython's history of earlier sessions, which holds what other learners' notebooks ran."""

from tests.attacks.case import Attack

ATTACK = Attack(
    must="there is no history",
    stock="held",
    last="""
import glob, os, sqlite3
name = '.ipython/profile_default/history.sqlite'
for path in glob.glob(f'@home@/{name}') + glob.glob(os.path.expanduser(f'~/{name}')):
    try: print(sqlite3.connect(path).execute('select source from history').fetchall())
    except sqlite3.Error as error: print(error)
""",
)
