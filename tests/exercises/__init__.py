"""Tests of the declared exercises."""
