"""Attacks on the grader: what each tries, what must happen, and how stock nbgrader fares."""
