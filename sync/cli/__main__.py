"""Runs `steward` for `python -m sync.cli`."""

from sync.cli import main

main()
