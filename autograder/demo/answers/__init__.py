"""The answers of the demo's made-up class, one module a person; the names are the exercises'."""
