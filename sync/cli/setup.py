"""`steward init` and `steward doctor`: getting started, and finding out what is wrong."""

import typer


def add_to(app: typer.Typer) -> None:
    """Adds these commands."""
    del app
