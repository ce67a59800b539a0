"""What moves things: mirror, assess, write back, decide, report, run."""
