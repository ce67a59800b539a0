"""Asks the questions of `steward init`, and asks again after an answer that does not work."""

import os
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial
from typing import Any, TypeVar

import typer
from pydantic import ValidationError

from connectors.errors import ConnectorError
from connectors.plugin import AnyPlugin, ProjectName, Question, TrackerContext, parse_web_address
from sync.cli.output import complain, out, printable

T = TypeVar("T")

_LISTED_PROJECTS = 20
_TOKEN = "token"  # noqa: S105 - the name of a key
_NOT_SIGNED_IN = (203, 302, 401, 403)
"""Responses that are about the credentials; anything else is about the address."""


class Unanswerable(Exception):
    """An answer does not work, and nobody can be asked for another one: it came with an option."""


def ask(prompt: str, check: Callable[[str], str], default: str | None = None) -> str:
    """Ask for something until the answer can be used.

    Args:
        prompt: The question.
        check: Returns the answer in its final form; raises `ValueError` to have it asked again.
        default: The answer that an empty line gives; None if there has to be one.
    """
    while True:
        try:
            return check(str(typer.prompt(prompt, default=default, show_default=bool(default))).strip())
        except ValueError as error:
            complain(str(error) if str(error).endswith("?") else f"{error}.")


class _Rejected(Exception):
    """A person does not want to keep an answer."""


class Interview:
    """The answers for one tracker, from options or from a person.

    Args:
        plugin: The kind of tracker.
        given: The answers that were given as options, by the question's key.
        variable: Name of the environment variable that holds the token; empty if there is none.
        has_asked: Whether one of the answers is a person's.
    """

    def __init__(self, plugin: AnyPlugin, given: Mapping[str, str], variable: str, *, has_asked: bool = False) -> None:
        self._plugin = plugin
        self._variable = variable
        self._token = os.environ.get(variable, "") if variable else ""
        self._given = frozenset(given)
        self.answers: dict[str, str] = {}
        self.has_asked = has_asked
        """Whether a person was asked anything."""
        for key, text in given.items():
            self._take(key, text)

    def settings(self) -> Any:
        """The tracker's settings with these answers; a project that is not chosen yet is a dash.

        Raises:
            ValidationError: An answer is not allowed.
        """
        values = {question.key: "-" for question in self._plugin.questions if question.chooses_project}
        values |= {key: answer for key, answer in self.answers.items() if answer}
        if self._variable:
            values["token"] = self._token
        return self._plugin.settings(**values)

    def conduct(self, probe: Callable[[Any], T]) -> T:
        """Ask until the answers work; return what `probe` finds with them.

        Raises:
            Unanswerable: They do not work, and all of them are options.
        """
        to_sign_in = [question for question in self._plugin.questions if not question.chooses_project]
        to_choose = [question for question in self._plugin.questions if question.chooses_project]
        works = any(map(self._is_open, to_choose)) and self._sign_in(to_sign_in)
        if not works:
            self._ask(to_sign_in)
            self._ask_token()
        again: Collection[str] = ()
        while True:
            self._ask(to_choose, again)
            try:
                return probe(self.settings())
            except (ConnectorError, ValidationError) as error:
                self._report(error)
            except _Rejected:
                works = True
            works = works or self._sign_in(to_sign_in)
            again = {question.key for question in to_choose}

    def _sign_in(self, questions: list[Question]) -> bool:
        """Ask what is needed to sign in until it works, and list the projects that the account sees."""
        again: Collection[str] = ()
        while True:
            self._ask(questions, again)
            self._ask_token(again)
            try:
                projects = self._plugin.list_projects(self.settings(), TrackerContext(name=self._plugin.kind))
            except ConnectorError as error:
                if self._report(error):
                    again = ()
                elif error.status in _NOT_SIGNED_IN:
                    again = {question.key for question in questions} - {"url"} | {_TOKEN}
                else:
                    again = {"url"}
            except ValidationError as error:
                self._report(error)
                again = {str(detail["loc"][0]) if detail["loc"] else _TOKEN for detail in error.errors()}
            else:
                self._show(projects)
                return True

    def accepted(self) -> dict[str, str]:
        """The answers, in the form that the settings give them."""
        settings = self.settings()
        keys = [question.key for question in self._plugin.questions if self.answers.get(question.key)]
        return {key: str(getattr(settings, key)) for key in keys}

    def confirm(self, question: str) -> None:
        """Ask whether something odd is meant; if not, the questions about projects are asked again."""
        if not typer.confirm(question, default=False):
            raise _Rejected

    def _is_open(self, question: Question) -> bool:
        return bool(question.prompt) and question.key not in self._given

    def _ask(self, questions: list[Question], again: Collection[str] = ()) -> None:
        """Ask those of the questions that are open, and those to ask again."""
        for question in questions:
            known = self.answers.get(question.key)
            is_new = self._is_open(question) and (known is None or question.chooses_project) and not again
            if is_new or (question.prompt and question.key in again):
                self.has_asked = True
                default = known if known or question.required else ""
                self._take(question.key, ask(question.prompt, partial(self._check, question.key), default))

    def _check(self, key: str, text: str) -> str:
        if key == "url":
            parse_web_address(self._plugin.parse_answer(key, text)["url"])
        return text

    def _take(self, key: str, text: str) -> None:
        """Keep an answer, and what else a pasted link says; an option is not replaced by that."""
        for name, value in self._plugin.parse_answer(key, text.strip()).items():
            if name == key or name not in self._given:
                self.answers[name] = value

    def _ask_token(self, again: Collection[str] = ()) -> None:
        if self._variable and (_TOKEN in again or not self._token):
            self.has_asked = True
            keep = " (empty: the same as before)" if self._token else " (not stored)"
            answer = str(typer.prompt(f"The account's token{keep}", hide_input=True, default="", show_default=False))
            self._token = answer.strip() or self._token

    def _show(self, projects: Sequence[ProjectName]) -> None:
        """List the projects that the account sees; a single one becomes the suggested answer."""
        if projects:
            out.print("This account sees these projects:")
        for project in projects[:_LISTED_PROJECTS]:
            out.print(f"  {printable(f'{project.key}  {project.name}'.rstrip())}")
        if len(projects) > _LISTED_PROJECTS:
            out.print(f"  … and {len(projects) - _LISTED_PROJECTS} more.")
        for question in self._plugin.questions:
            if question.chooses_project and len(projects) == 1:
                self.answers.setdefault(question.key, projects[0].key)

    def _report(self, error: ConnectorError | ValidationError) -> bool:
        """Say what does not work, and ask for settings that the error names and that have no question of their own.

        Returns:
            Whether there was such a setting.

        Raises:
            Unanswerable: Nobody can be asked.
        """
        if isinstance(error, ValidationError):
            for detail in error.errors():
                place = ".".join(str(step) for step in detail["loc"])
                complain(f"{place}: {detail['msg'].removeprefix('Value error, ')}.".removeprefix(": "))
        else:
            complain(str(error))
        if not self.has_asked:
            raise Unanswerable
        named = [
            question for question in self._plugin.questions if not question.prompt and f"`{question.key}`" in str(error)
        ]
        for question in named:
            self.answers[question.key] = ask(question.help, str, "")
        return any(self.answers[question.key] for question in named)
