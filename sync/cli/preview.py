"""`steward preview`: prints the comment that would be written on an item."""

from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from connectors.markup import Markup, render
from connectors.redaction import redact
from rules.registry import all_rules
from sync.cli.logs import log_to_stderr
from sync.cli.options import AsOfOption, ConfigOption, FileOption, JsonOption, TrackerOption, require_choice
from sync.cli.output import out, print_json, print_lines, printable, quoted_lines
from sync.cli.store_view import open_view
from sync.inspect.preview import preview, preview_examples
from sync.messages import Messages, languages, shipped_messages
from sync.settings import Configuration, load_if_found
from sync.store.records import CommentContent

_ACTION_SENTENCES = {
    "add": "A comment would be added.",
    "replace": "The existing comment would be replaced.",
    "delete": "The existing comment would be deleted, because no open questions are left.",
    "keep": "The existing comment would stay as it is:",
    "none": "No comment would be written now.",
}

app = typer.Typer()


@app.command("preview")
def preview_comment(
    key: Annotated[str, typer.Argument(help="The key of the item, such as PAY-12.", show_default=False)] = "",
    rule: Annotated[
        str | None,
        typer.Option("--rule", help="Instead of an item, preview the examples of this rule.", show_default=False),
    ] = None,
    markup: Annotated[
        Markup | None,
        typer.Option("--markup", help="The markup to print. Default: readable text; with --json, the tracker's own."),
    ] = None,
    language: Annotated[
        str | None,
        typer.Option("--language", help="Use this language instead of the configured one.", show_default=False),
    ] = None,
    config: ConfigOption = None,
    tracker: TrackerOption = None,
    file: FileOption = None,
    as_of: AsOfOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show the comment that would be written on an item now. Writes nothing.

    Also shows a comment that has to wait, and why. Reads the store or a file; no tracker is contacted.
    """
    if bool(key) is (rule is not None):
        raise typer.BadParameter("Give either the key of an item, such as PAY-12, or --rule RULE.")
    require_choice(language, languages(), "Unknown language")
    if rule is not None:
        _preview_examples(rule, markup or Markup.TEXT, language, config, as_json=as_json)
        return
    with open_view(config, file, as_of) as view, view.session.database.reading() as transaction:
        configuration = view.session.configuration
        item_view = view.item(transaction, key, tracker, messages=_choose_messages(configuration, language))
        item = item_view.item
        comment = preview(item_view, configuration)
        section = configuration.settings.trackers[item.tracker]
        output_markup = markup or (section.plugin.markup(section) if as_json else Markup.TEXT)
    if as_json:
        document = {
            "tracker": comment.tracker,
            "item": comment.key,
            "action": comment.action,
            "notes": comment.notes,
            "rules": comment.content.rules if comment.content is not None else (),
        }
        print_json(document | _content_to_json(comment.content, output_markup))
        return
    out.print(f"{comment.key}  {printable(item.title)}")
    out.print(_ACTION_SENTENCES[comment.action])
    for note in comment.notes:
        out.print(printable(note))
    if comment.content is not None and comment.action == "none":
        out.print("The comment that has to wait:")
    _print_content(comment.content, output_markup)


def _choose_messages(configuration: Configuration | None, language: str | None) -> Messages:
    """The configured messages, or the shipped ones of another language."""
    configured_messages = configuration.messages if configuration is not None else shipped_messages()
    return configured_messages if language in (None, configured_messages.language) else shipped_messages(language)


def _preview_examples(rule: str, markup: Markup, language: str | None, config: Path | None, *, as_json: bool) -> None:
    """Print the comments on the examples of a rule.

    An example with a finding is headed by "FAIL" and the kind of finding, others by "PASS".
    """
    require_choice(rule, all_rules(), "Unknown rule")
    log_to_stderr()
    configuration = load_if_found(config, secrets=False)
    rule_pages = configuration.settings.rule_pages if configuration is not None else None
    examples = list(preview_examples(all_rules()[rule], _choose_messages(configuration, language), rule_pages))
    if as_json:
        entries = [
            {"example": example.name, "variant": example.variant, **_content_to_json(example.content, markup)}
            for example in examples
        ]
        print_json(entries)
        return
    for example in examples:
        out.print(f"{f'FAIL, {example.variant}' if example.variant else 'PASS'}: {printable(example.name)}")
        _print_content(example.content, markup)


def _print_content(content: CommentContent | None, markup: Markup) -> None:
    if content is not None:
        body = render(content.document, markup)
        text = body if isinstance(body, str) else msgspec.json.format(msgspec.json.encode(body), indent=2).decode()
        print_lines(quoted_lines(redact(text)))


def _content_to_json(content: CommentContent | None, markup: Markup) -> dict[str, Any]:
    """The content of a comment as JSON, in a markup and as plain text."""
    return {
        "markup": markup.value,
        "body": None if content is None else render(content.document, markup),
        "text": None if content is None else content.document.plain_text,
    }
