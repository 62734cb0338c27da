"""``python -m tests.attacks --against course`` or ``--against stock``: run the corpus and print the table."""

from tests.attacks.runner import main

raise SystemExit(main())
