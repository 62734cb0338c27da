"""Given versions of answers that later lessons build on: one module a lesson, named after its slug.

A module holds one plain NumPy function for each answer that is used again, named like its exercise.
``course_utils.built`` takes a learner's own answer first and the version here where there is none.
"""
