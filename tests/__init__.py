"""The tests; a package, so that test files of one lesson may share a name."""
