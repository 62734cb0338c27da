"""Gives itself a mark in the gradebook."""

from tests.attacks.case import WRONG, Attack

ATTACK = Attack(
    must="the gradebook cannot be opened",
    stock="forged",
    answers={"scale": WRONG},
    last="""
import sqlite3
try:
    with sqlite3.connect('@gradebook@', timeout=2) as book:
        book.execute('update grade set manual_score = 4')
        book.execute("insert into student (id) values ('attacked-by-@name@!')")
except sqlite3.Error as error: print(error)
""",
    marks={"scale": 0},
    outcome={"scale": "wrong"},
)
