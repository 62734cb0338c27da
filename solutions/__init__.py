"""The reference answer to every exercise, one module a lesson; it stays with the instructor."""
