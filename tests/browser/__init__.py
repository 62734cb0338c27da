"""The released lessons in a real browser."""
