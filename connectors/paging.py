"""Stops reading a list of pages when pages contain nothing new.

Servers and proxies may ignore offsets, repeat a page under new tokens, alternate between two tokens, or never say that
a page is the last one.
"""

from collections.abc import Hashable, Iterable

from connectors.errors import ConnectorError

_MAX_PAGES = 10_000


class PageGuard:
    """Decides after each page whether to read the next one.

    Args:
        token: The token of the first page, if pages have tokens.
        max_empty: The number of empty pages in a row that is normal.

    Attributes:
        is_stuck: Whether the last page had new entries, but led to a page that was read before.
    """

    def __init__(self, token: str | None = None, *, max_empty: int = 0) -> None:
        self._keys: set[Hashable] = set()
        self._tokens: set[str | None] = {token}
        self._max_empty = max_empty
        self._empty = 0
        self._pages = 0
        self.is_stuck = False

    def may_continue(self, keys: Iterable[Hashable], token: str | None = None) -> bool:
        """Whether the page has new entries and the next page may have more.

        Args:
            keys: Identify the entries of the page.
            token: The token of the next page, if pages have tokens.
        """
        page = set(keys)
        is_new = not page <= self._keys
        self._keys |= page
        self._pages += 1
        self._empty = 0 if page else self._empty + 1
        repeated = token is not None and token in self._tokens
        self._tokens.add(token)
        self.is_stuck = is_new and repeated
        if repeated or self._pages >= _MAX_PAGES:
            return False
        return is_new if page else self._empty <= self._max_empty


def endless_list_error(name: str) -> ConnectorError:
    """The error for a list that does not end, if a part of it is not enough."""
    return ConnectorError(f"{name}: the server returns an endless list of pages. The round stops.")
