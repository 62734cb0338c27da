"""The declarations of the exercises, one module a lesson, named after the lesson's slug."""
