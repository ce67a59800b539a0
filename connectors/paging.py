"""Stops reading the pages of a list when they contain nothing new.

Servers and proxies may ignore offsets, repeat a page under new tokens, alternate between two tokens, or never say that
a page is the last one.
"""

from collections.abc import Hashable, Iterable

from connectors.errors import ConnectorError

_MAX_PAGES = 10_000
"""No real list has this many pages, which would be a million entries with a hundred on each page."""


class PageGuard:
    """Decides after each page whether to read the next one.

    Args:
        token: The token with which the first page is requested, if pages have tokens.
        max_empty: The maximum number of empty pages in a row. If there are more, no further page is read.

    Attributes:
        is_stuck: Whether the last page had new entries, but its token leads to a page that was read before.
    """

    def __init__(self, token: str | None = None, *, max_empty: int = 0) -> None:
        self._keys: set[Hashable] = set()
        self._tokens: set[str | None] = {token}
        self._max_empty = max_empty
        self._empty_in_a_row = 0
        self._page_count = 0
        self.is_stuck = False

    def may_continue(self, keys: Iterable[Hashable], token: str | None = None) -> bool:
        """Record a page, and return whether to read the next one.

        Args:
            keys: A key for each entry of the page, which identifies it.
            token: The token of the next page, if pages have tokens.
        """
        page_keys = set(keys)
        has_new_entries = not page_keys <= self._keys
        self._keys |= page_keys
        self._page_count += 1
        self._empty_in_a_row = 0 if page_keys else self._empty_in_a_row + 1
        is_token_repeated = token is not None and token in self._tokens
        self._tokens.add(token)
        self.is_stuck = has_new_entries and is_token_repeated
        if is_token_repeated or self._page_count >= _MAX_PAGES:
            return False
        return has_new_entries if page_keys else self._empty_in_a_row <= self._max_empty


def endless_list_error(system: str) -> ConnectorError:
    """Make the error for a list that does not end. It is raised where an incomplete list would be wrong.

    Args:
        system: The name in messages of the system that returned the list, such as "Slack".
    """
    return ConnectorError(f"{system}: the server returns an endless list of pages. The round stops.")
