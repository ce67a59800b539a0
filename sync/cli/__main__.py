"""`python -m sync.cli` is `steward`."""

from sync.cli import main

main()
