"""`steward preview`: the comment on an item, as it would be written."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from connectors.redaction import redact
from rules.registry import all_rules
from sync.cli.common import ConfigOption, JsonOption, TrackerOption, log_to_stderr, opened, out, print_json, printable
from sync.cli.decide import one_item
from sync.inspect.markup import Markup, marked_up, native
from sync.inspect.preview import ExamplePreview, Preview, of_examples
from sync.inspect.preview import preview as preview_of
from sync.messages import Messages, languages, shipped_messages
from sync.settings import Configuration, ConfigurationError, find, load
from sync.store.records import CommentContent

_ACTIONS = {
    "add": "A comment would be added.",
    "replace": "The comment that stands there would be replaced.",
    "delete": "The comment that stands there would be deleted: its questions are settled.",
    "keep": "This is what stands there now, and nothing about it would change.",
    "none": "No comment would be written now.",
}
_MARGIN = "    │ "


def add_to(app: typer.Typer) -> None:
    """Adds these commands."""
    app.command()(preview)


def preview(
    key: Annotated[str, typer.Argument(help="The item, such as PAY-12.", show_default=False)] = "",
    rule: Annotated[
        str | None, typer.Option("--rule", help="Instead of an item: this rule's own examples.", show_default=False)
    ] = None,
    markup: Annotated[
        Markup | None, typer.Option("--markup", help="How it is written down; the tracker's own if left out.")
    ] = None,
    language: Annotated[
        str | None, typer.Option("--language", help="Another language than the configured one.", show_default=False)
    ] = None,
    config: ConfigOption = None,
    tracker: TrackerOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show the comment on an item as it would be written now, held back or not. Asks no tracker and writes nothing."""
    if bool(key) is (rule is not None):
        raise typer.BadParameter("name either an item, such as PAY-12, or a rule by --rule.")
    if language is not None and language not in languages():
        raise typer.BadParameter(f'"{language}" is no language that is shipped; there are {", ".join(languages())}.')
    if rule is not None:
        _examples(rule, markup or Markup.TEXT, language, config, as_json=as_json)
        return
    with opened(config) as this:
        item = one_item(this, key, tracker)
        now: datetime = this.clock()
        found = preview_of(this.database, this.configuration, item, now, _words(this.configuration, language))
        chosen = markup or native(this.configuration.settings, item.tracker)
    if as_json:
        print_json(_plain(found, chosen))
        return
    out.print(f"{found.key}  {printable(item.title)}")
    out.print(_ACTIONS[found.action])
    for note in found.notes:
        out.print(printable(note))
    if found.content is not None and found.action == "none":
        out.print("If nothing held it back, it would say:")
    for line in _lines(found.content, chosen):
        out.print(line)


def _words(configuration: Configuration | None, language: str | None) -> Messages:
    own = configuration.messages if configuration is not None else shipped_messages()
    return own if language in (None, own.language) else shipped_messages(language)


def _examples(rule: str, markup: Markup, language: str | None, config: Path | None, *, as_json: bool) -> None:
    if rule not in all_rules():
        raise typer.BadParameter(f'"{rule}" is no rule; there are {", ".join(all_rules())}.')
    log_to_stderr()
    configuration = _configuration(config)
    pages = configuration.settings.rule_pages if configuration is not None else None
    shown = list(of_examples(all_rules()[rule], _words(configuration, language), pages))
    if as_json:
        print_json([_example(one, markup) for one in shown])
        return
    for one in shown:
        out.print(f"{f'FAIL, {one.variant}' if one.variant else 'PASS'}: {printable(one.name)}")
        for line in _lines(one.content, markup):
            out.print(line)


def _configuration(config: Path | None) -> Configuration | None:
    """The configuration if there is one; an example can be looked at without."""
    try:
        return load(find(config), secrets=False)
    except ConfigurationError:
        if config is not None:
            raise
        return None


def _lines(content: CommentContent | None, markup: Markup) -> Iterator[str]:
    if content is None:
        return
    body = marked_up(content.document, markup)
    text = body if isinstance(body, str) else msgspec.json.format(msgspec.json.encode(body), indent=2).decode()
    for line in redact(text).splitlines():
        yield _MARGIN + printable(line)


def _plain(found: Preview, markup: Markup) -> dict[str, Any]:
    return {
        "tracker": found.tracker,
        "item": found.key,
        "action": found.action,
        "notes": found.notes,
        "rules": found.content.rules if found.content is not None else (),
        **_body(found.content, markup),
    }


def _example(one: ExamplePreview, markup: Markup) -> dict[str, Any]:
    return {"example": one.name, "variant": one.variant, **_body(one.content, markup)}


def _body(content: CommentContent | None, markup: Markup) -> dict[str, Any]:
    return {
        "markup": markup.value,
        "body": None if content is None else marked_up(content.document, markup),
        "text": None if content is None else content.document.plain,
    }
