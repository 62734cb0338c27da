"""The lesson, the class and the graders that ``benchmarks/grading.py`` measures."""
