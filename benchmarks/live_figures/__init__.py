"""The lessons in a browser that ``benchmarks/widgets.py`` measures, and the plain figures beside them."""
