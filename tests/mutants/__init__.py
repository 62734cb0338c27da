"""Right and wrong answers for every exercise, and the harness that judges them."""
