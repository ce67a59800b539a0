"""The command line `steward`. `commands.py` lists every command and the module it lives in."""

from sync.cli.main import app, main

__all__ = ["app", "main"]
