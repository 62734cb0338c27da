"""Functions that exercises hand to answers, one module a lesson: the public list.

An argument ``Given("lesson.function")`` becomes one of these right before the call, in the notebook and in
grading alike. Learners can read them, so none of them may be the answer of an exercise of its own lesson; a test
judges each of them against each of those exercises. They use NumPy only.
"""
