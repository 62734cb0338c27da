"""Everything an instructor runs: build, engine, grading, command line."""
