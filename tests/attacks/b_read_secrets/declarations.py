"""Imports the exercise's declaration, or reads it from the repository, and prints the oracle."""

from tests.attacks.case import Attack

ATTACK = Attack(
    must="the declarations are not there",
    stock="leaked",
    last="""
import glob, sys
sys.meta_path[:] = [finder for finder in sys.meta_path if type(finder).__name__ != '_Hide']
try:
    import course_utils.exercises.siege as siege
    print('the oracle is', open(siege.__file__).read())
except (ImportError, OSError) as error: print(error)
for path in glob.glob('@repository@/course_utils/exercises/lin*.py') + glob.glob('@repository@/solutions/*.py')[:1]:
    try: print('the oracle is', open(path).read()[:300])
    except OSError as error: print(error)
""",
    never=("the oracle is",),
)
