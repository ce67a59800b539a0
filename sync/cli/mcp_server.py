"""`steward mcp`: a read-only server of the Model Context Protocol (MCP), through which AI assistants call tools."""

import typer

from sync.cli.exit_codes import ExitCode
from sync.cli.options import AsOfOption, ConfigOption, FileOption
from sync.cli.output import print_error
from sync.cli.store_view import open_view

app = typer.Typer()


@app.command("mcp")
def serve(config: ConfigOption = None, file: FileOption = None, as_of: AsOfOption = None) -> None:
    """Serve assistants on standard input and output: ready, explain, next and search, and two prompts. Writes nothing.

    Needs the extra `mcp`. Reads the store or a file; no tracker is contacted.
    """
    try:
        import mcp  # noqa: F401, PLC0415 - an extra, imported here only to see whether it is installed
    except ImportError:
        print_error("The MCP server needs an extra package. Install it with `pip install 'backlog-steward[mcp]'`.")
        raise typer.Exit(ExitCode.MISCONFIGURED) from None
    from sync.cli.assistant_tools import make_server  # noqa: PLC0415 - imports the extra

    with open_view(config, file, as_of) as view:
        make_server(view).run("stdio")
