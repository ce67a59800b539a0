"""Asks the questions of `steward init` about a tracker, and repeats them if an answer does not work.

A question comes from the plugin of the tracker's kind. Its answer comes from an option of the command or from a person.
"""

import contextlib
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from functools import partial
from http import HTTPStatus
from typing import Any, TypeVar

import typer
from pydantic import ValidationError

from connectors.errors import ConnectorError, Gone, Misconfigured, Refused
from connectors.plugin import AnyPlugin, ProjectName, Question, TrackerContext, parse_web_address
from sync.cli.output import as_sentence, out, print_error, printable
from sync.messages.suggestions import find_similar

Result = TypeVar("Result")
"""The result of a read from the site."""

_MAX_LISTED = 20
"""How many projects or teams are listed, so that they fit on a screen."""
_WEB_PAGE = 200
"""The HTTP status of an error if a web page was returned instead of data, such as a company's sign-in page."""
_CREDENTIAL_STATUSES = (203, 302, 401, 403)
"""HTTP statuses of responses to invalid credentials. A sign-in page may come with 203 or 302.

While an account signs in, other errors mean that the address is wrong.
"""


class InvalidOptionError(Exception):
    """An answer that was given as an option does not work, or the token is missing, and it is not asked for instead."""


class OtherKindError(Exception):
    """The tracker is of a different kind from the one that the interview is about."""

    def __init__(self, plugin: AnyPlugin) -> None:
        super().__init__(plugin.kind)
        self.plugin = plugin


def ask(prompt: str, check: Callable[[str], str], default: str | None = None) -> str:
    """Ask a question until the answer is valid.

    Args:
        check: Returns the normalized answer, or raises `ValueError` if it is invalid.
        default: The answer for an empty line; None if an answer is required.
    """
    while True:
        try:
            return check(str(typer.prompt(prompt, default=default, show_default=bool(default))).strip())
        except ValueError as error:
            print_error(as_sentence(error))


def _print_first(names: Sequence[str]) -> None:
    """Print the first names, and how many more there are."""
    for name in names[:_MAX_LISTED]:
        out.print(f"  {printable(name)}")
    if len(names) > _MAX_LISTED:
        out.print(f"  … and {len(names) - _MAX_LISTED} more.")


def _find_team(teams: Sequence[str], text: str) -> str:
    """Return the team whose name is the text, in any letter case.

    Raises:
        ValueError: There is no such team.
    """
    team = next((team for team in teams if team.casefold() == text.casefold()), None)
    if team is None:
        similar = find_similar(text, teams)
        raise ValueError(f'There is no team "{text}".' + (f' Did you mean "{similar}"?' if similar else ""))
    return team


class _AnswerNotConfirmedError(Exception):
    """The person does not want to keep an answer that works."""


class Interview:
    """Collects the answers for one tracker, from options and from a person.

    Args:
        options: The answers that were given as options, by the key of the question.
        variable: Name of the environment variable that holds the token; empty if there is none.
        has_asked: Whether a person has already been asked.
        ask_kind: Asks for the kind of tracker again, with a default answer; None if an option or the address
            determines it.

    Raises:
        ValueError: An option is not a valid answer.
    """

    def __init__(
        self,
        plugin: AnyPlugin,
        options: Mapping[str, str],
        variable: str,
        *,
        has_asked: bool = False,
        ask_kind: Callable[[str], AnyPlugin] | None = None,
    ) -> None:
        self._plugin = plugin
        self._variable = variable
        self.token = os.environ.get(variable, "") if variable else ""
        """The token that was found or typed; empty if there is none yet."""
        self._ask_kind = ask_kind
        self._option_keys = frozenset(options)
        self._questions: Sequence[Question] = plugin.questions
        """The questions that apply to the site at the address; all of them until that is known."""
        self._project_questions = [question for question in plugin.questions if question.chooses_project]
        self._is_signed_in = False
        """Whether the site has accepted the address and the credentials."""
        self._projects: Sequence[ProjectName] = ()
        self._needs_team = False
        """Whether the tracker cannot be read without a valid answer to the question for the team."""
        self.answers: dict[str, str] = {}
        self.has_asked = has_asked
        """Whether a person was asked anything."""
        for key, text in options.items():
            self._store_answer(key, text)

    @property
    def _project_keys(self) -> list[str]:
        return [project.key for project in self._projects]

    @property
    def _context(self) -> TrackerContext:
        """The context in which the plugin reads from the site before there is a configuration."""
        return TrackerContext(name=self._plugin.kind)

    @property
    def has_new_token(self) -> bool:
        """Whether the token is not the value of the environment variable."""
        return bool(self._variable) and self.token != os.environ.get(self._variable, "")

    def settings(self) -> Any:
        """Make the tracker's settings from the answers. A dash stands for a project that is not chosen yet.

        Raises:
            ValidationError: An answer is not allowed.
        """
        values = {question.key: "-" for question in self._project_questions}
        values |= {key: answer for key, answer in self.answers.items() if answer}
        if self._variable:
            values["token"] = self.token
        return self._plugin.settings(**values)

    def conduct(self, probe: Callable[[Any], Result]) -> Result:
        """Ask until the answers work; return the result of `probe`, which connects with the settings.

        Raises:
            InvalidOptionError: The answers do not work, and all of them are options.
            OtherKindError: No site of this kind responds, and a person named another kind.
        """
        if any(map(self._should_ask, self._project_questions)):
            self._sign_in()
        else:
            self._ask_about_account()
        self._ask_open(self._project_questions)
        while True:
            try:
                self._resolve_answers()
                self._choose_team()
                return self._read_from_site(lambda settings, _context: probe(settings))
            except (ConnectorError, ValidationError) as error:
                self._ask_after_error(error)
            except _AnswerNotConfirmedError:
                self._is_signed_in = True
                self._repeat_project_questions()

    def _ask_about_account(self) -> None:
        """Ask the open questions about the address and the account, without testing the answers.

        Raises:
            InvalidOptionError: Only the token is missing, and there is no terminal on which a person could type it.
        """
        if any(map(self._should_ask, self._account_questions)):
            with contextlib.suppress(ConnectorError):  # `probe` raises it again
                self._adapt_questions()
        is_complete = not any(map(self._should_ask, self._questions))
        if self._variable and not self.token and is_complete and not sys.stdin.isatty():
            print_error(f"The variable {self._variable} is not set. Set it to the account's token.")
            raise InvalidOptionError
        self._ask_open(self._account_questions)
        self._ask_token()

    def _ask_after_error(self, error: ConnectorError | ValidationError) -> None:
        """Report an error, and ask again for the answers that may be its cause. For options, list the projects instead.

        Raises:
            InvalidOptionError: All answers are options.
        """
        # With any other status, the account could sign in, so that the name of the project may be the cause.
        may_be_wrong_project = isinstance(error, (Gone, Misconfigured, Refused)) and (
            error.status not in (*_CREDENTIAL_STATUSES, None)
        )
        if may_be_wrong_project and not (self.has_asked or self._is_signed_in):
            print_error(str(error))
            with contextlib.suppress(ConnectorError):
                self._projects = self._plugin.list_projects(self.settings(), self._context)
                self._list_projects()
            raise InvalidOptionError
        self._report(error)
        if "`team`" in str(error):
            self.answers.pop("team", None)
            self._needs_team = True
        else:
            self._repeat_project_questions()

    def _repeat_project_questions(self) -> None:
        """Ask for the project again. The default is the most similar or only project that the account can access."""
        if "team" not in self._option_keys:
            self.answers.pop("team", None)
        if not self._is_signed_in:
            self._sign_in()
        keys = self._project_keys
        for question in self._project_questions:
            answer = self.answers.pop(question.key, "")
            suggestion = find_similar(answer, keys) or (keys[0] if len(keys) == 1 else "")
            if suggestion:
                self._store_answer(question.key, suggestion)
        self._ask_open(self._project_questions, {question.key for question in self._project_questions})

    @property
    def _account_questions(self) -> list[Question]:
        """The questions about the address and the account."""
        return [question for question in self._questions if not question.chooses_project]

    def _adapt_questions(self) -> None:
        """Find out which questions apply to the site at the address. All of them do if it requires credentials.

        Raises:
            ConnectorError: No site responds at the address.
        """
        adapt = self._plugin.adapt_questions
        if adapt is None:
            return
        try:
            self._questions = self._read_from_site(adapt)
        except ConnectorError as error:
            self._questions = self._plugin.questions
            if error.status not in (*_CREDENTIAL_STATUSES, _WEB_PAGE):
                raise
        applicable_keys = {question.key for question in self._questions} | self._option_keys
        self.answers = {key: answer for key, answer in self.answers.items() if key in applicable_keys}

    def _resolve_answers(self) -> None:
        """Replace an answer that only the site can interpret, such as a link to a board.

        Raises:
            ConnectorError: The site cannot interpret it either.
        """
        resolved = self._read_from_site(self._plugin.resolve_answers)
        if resolved is not None:
            self.answers |= resolved.settings
            out.print(printable(resolved.note))

    def _choose_team(self) -> None:
        """Ask for the team if the project has several, unless an answer names one or all answers are options.

        If the tracker cannot be read without a team, and the project has one or none, use that one, or ask for a name.
        """
        if not self.has_asked or self.answers.get("team"):
            return
        teams = self._read_from_site(self._plugin.list_teams)
        if len(teams) > 1:
            out.print("This project has several teams:")
            _print_first(teams)
            self.answers["team"] = ask("Team whose backlog is read", partial(_find_team, teams), teams[0])
        elif self._needs_team:
            if teams:
                out.print(f"The only team of this project is used instead: {printable(teams[0])}.")
            self.answers["team"] = teams[0] if teams else ask("Name of the team whose backlog is read", str)

    def _sign_in(self) -> None:
        """Ask for the address and credentials until they work, and list the projects that the account can access."""
        address_questions = [question for question in self._plugin.questions if question.key == "url"]
        repeated_keys: AbstractSet[str] = frozenset()
        while not self._is_signed_in:
            try:
                self._ask_open(address_questions, repeated_keys)
                self._adapt_questions()
                self._ask_open(self._account_questions, repeated_keys - {"url"})
                self._ask_token(repeated_keys)
                self._projects = self._read_from_site(self._plugin.list_projects)
                self._is_signed_in = True
            except (ConnectorError, ValidationError) as error:
                repeated_keys = self._report_rejected_account(error)
        self._resolve_pasted_link()
        self._list_projects()

    def _report_rejected_account(self, error: ConnectorError | ValidationError) -> AbstractSet[str]:
        """Report an error of signing in; return the keys of the questions whose answers may be its cause.

        A validation error that names no setting is taken to be about the token.

        Raises:
            InvalidOptionError: All answers are options.
            OtherKindError: A person named another kind.
        """
        has_new_setting = self._report(error)
        if isinstance(error, ValidationError):
            return {str(detail["loc"][0]) if detail["loc"] else "token" for detail in error.errors()}
        if has_new_setting:
            return frozenset()
        if error.status in _CREDENTIAL_STATUSES:
            self.token = ""
            return {question.key for question in self._account_questions} - {"url"} | {"token"}
        if error.status == HTTPStatus.NOT_FOUND and self._ask_kind is not None:
            plugin = self._ask_kind(self._plugin.kind)
            if plugin is not self._plugin:
                raise OtherKindError(plugin)
        return {"url"}

    def _resolve_pasted_link(self) -> None:
        """Resolve the scope (the items to read) in the link that a person pasted as the address.

        If that fails, ask for the settings that the error names; if none is given, use the rest of the link.
        """
        try:
            self._resolve_answers()
        except ConnectorError as error:
            for key, answer in list(self.answers.items()):
                if key != "url" and key not in self._option_keys and "://" in answer:
                    del self.answers[key]
            if self._report(error):
                self._resolve_pasted_link()
            else:
                out.print("The rest of the link is used.")

    def _read_from_site(self, read: Callable[[Any, TrackerContext], Result]) -> Result:
        """Read from the site. If no site responds at the address, try a shorter one, and keep it if one responds."""
        try:
            return read(self.settings(), self._context)
        except ConnectorError as error:
            address = self.answers["url"]
            shorter_address = self._plugin.shorten_address(address) if error.status == HTTPStatus.NOT_FOUND else ""
            if not shorter_address:
                raise
            self.answers["url"] = shorter_address
            try:
                return read(self.settings(), self._context)
            except ConnectorError as second_error:
                if second_error.status != HTTPStatus.NOT_FOUND:
                    raise
                self.answers["url"] = address
                raise error from None

    def _project_answers(self, question: Question) -> list[str | None]:
        """The projects that the account can access, as answers to a question."""
        return [self._plugin.parse_answer(question.key, key).get(question.key) for key in self._project_keys]

    def normalized_answers(self) -> dict[str, str]:
        """The answers, as normalized by the settings."""
        settings = self.settings()
        keys = [question.key for question in self._plugin.questions if self.answers.get(question.key)]
        return {key: str(getattr(settings, key)) for key in keys}

    def confirm(self, question: str) -> None:
        """Ask a person to confirm an answer. Without a confirmation, the questions about projects are repeated."""
        if not typer.confirm(question, default=False):
            raise _AnswerNotConfirmedError

    def _should_ask(self, question: Question) -> bool:
        """Whether a person has to answer a question: it has a prompt, and no option answers it."""
        return bool(question.prompt) and question.key not in self._option_keys

    def _ask_open(self, questions: list[Question], repeated_keys: AbstractSet[str] = frozenset()) -> None:
        """Ask those of the questions that are still open or have to be repeated."""
        for question in questions:
            if self._is_open(question) or (question.prompt and question.key in repeated_keys):
                self._ask(question)

    def _is_open(self, question: Question) -> bool:
        """Whether a person still has to answer a question, or to confirm a project that is not the only one."""
        answer = self.answers.get(question.key)
        is_certain = not question.chooses_project or self._project_answers(question) == [answer]
        return self._should_ask(question) and (answer is None or not is_certain)

    def _ask(self, question: Question) -> None:
        """Ask a question, with its answer so far as the default."""
        self.has_asked = True
        current_answer = self.answers.get(question.key)
        default = current_answer if current_answer or question.required else ""
        if question.chooses_project and default and default not in self._project_answers(question):
            default = find_similar(default, self._project_keys) or default
        answer = ask(question.prompt, partial(self._check, question.key), default)
        self._store_answer(question.key, self._find_key(answer) if question.chooses_project else answer)

    def _check(self, key: str, text: str) -> str:
        """Return the answer to a question as it was typed.

        Raises:
            ValueError: The answer is not valid.
        """
        settings = self._plugin.parse_answer(key, text)
        if key == "url":
            parse_web_address(settings["url"])
        return text

    def _store_answer(self, key: str, text: str) -> None:
        """Store an answer, and other answers that a pasted link contains, except for options."""
        for name, value in self._plugin.parse_answer(key, text.strip()).items():
            if name == key or name not in self._option_keys:
                self.answers[name] = value

    def _ask_token(self, repeated_keys: AbstractSet[str] = frozenset()) -> None:
        """Ask for the token if there is none yet, or if the one that was given does not work."""
        if self._variable and ("token" in repeated_keys or not self.token):
            self.has_asked = True
            remark = " (empty: the same as before)" if self.token else " (it will not be stored)"
            default = self.token or None
            answer = typer.prompt(f"The account's token{remark}", hide_input=True, default=default, show_default=False)
            self.token = str(answer).strip()

    def _find_key(self, answer: str) -> str:
        """The key of the listed project whose key, name or both an answer repeats; otherwise the answer itself."""
        words = answer.casefold().split()
        for project in self._projects:
            forms = (project.key, project.name, f"{project.key} {project.name}", f"{project.name} {project.key}")
            if words and words in [form.casefold().split() for form in forms]:
                return project.key
        return answer

    def _list_projects(self) -> None:
        """List the projects that the account can access. If there is only one, it becomes the answer."""
        if len(self._projects) == 1:
            out.print("This account sees one project:")
            for question in self._project_questions:
                if self.answers.get(question.key) is None:
                    self._store_answer(question.key, self._projects[0].key)
        elif self._projects:
            out.print("This account sees these projects:")
        _print_first([f"{project.key}  {project.name}".rstrip() for project in self._projects])

    def _report(self, error: ConnectorError | ValidationError) -> bool:
        """Print an error, and ask for settings that the error names and that are not asked for otherwise.

        Returns:
            Whether a person gave a value for such a setting.

        Raises:
            InvalidOptionError: All answers are options.
        """
        if isinstance(error, ValidationError):
            for detail in error.errors():
                path = ".".join(str(step) for step in detail["loc"])
                print_error(as_sentence(f"{path}: {detail['msg'].removeprefix('Value error, ')}".removeprefix(": ")))
        else:
            print_error(str(error))
            if error.status in _CREDENTIAL_STATUSES and self.token and not self.has_new_token:
                print_error(f"The token came from the variable {self._variable}.")
        if not self.has_asked:
            raise InvalidOptionError
        named_questions = [
            question
            for question in self._plugin.questions
            if not question.prompt and f"`{question.key}`" in str(error) and question.key != "team"
        ]
        for question in named_questions:
            self._store_answer(
                question.key, ask(question.help.removesuffix("."), partial(self._check, question.key), "")
            )
        return any(self.answers[question.key] for question in named_questions)
