"""Keeps the items of a large backlog, or what is known about them, as compressed bytes.

They take a twentieth of the memory of the objects.
"""

import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from copy import copy
from itertools import chain, islice
from typing import Any, Self, TypeVar, overload

import msgspec

Item = TypeVar("Item", bound=msgspec.Struct)
Part = TypeVar("Part", bound=msgspec.Struct)
_ITEMS_PER_CHUNK = 20
"""The number of items that are compressed together. More save little memory and make access to single items slower."""
_FASTEST = 1
"""The level of compression, on the scale of zlib. Better ones take twice the time and save a tenth of the bytes."""
_encode = msgspec.msgpack.Encoder().encode


class PackedItems(Sequence[Item]):
    """Items that are kept as compressed bytes. Each access makes a new object.

    In order, an access takes two microseconds, otherwise about forty.

    Attributes:
        chunks: The packed items, several in each chunk. Chunks are equal for equal items in the same order.
    """

    def __init__(self, item_type: type[Item], items: Iterable[Item] = ()) -> None:
        self._item_type = item_type
        self._decode: Any = msgspec.msgpack.Decoder(list[item_type]).decode  # type: ignore[valid-type]
        self.chunks: list[bytes] = []
        self._count = 0
        self._last_unpacked: tuple[int, Sequence[Item]] = (-1, ())
        """The number of the chunk that was accessed last, and its items."""
        self._append(items)

    def _append(self, items: Iterable[Item]) -> None:
        """Append items as new chunks. All present chunks must be full."""
        remaining = iter(items)
        while chunk := list(islice(remaining, _ITEMS_PER_CHUNK)):
            self.chunks.append(_compress(chunk))
            self._count += len(chunk)

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[Item]:
        for number in range(len(self.chunks)):
            yield from self._unpack(number)

    @overload
    def __getitem__(self, index: int) -> Item: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[Item]: ...

    def __getitem__(self, index: int | slice) -> Item | Sequence[Item]:
        if isinstance(index, slice):
            return [self[position] for position in range(self._count)[index]]
        number, offset = divmod(range(self._count)[index], _ITEMS_PER_CHUNK)
        if self._last_unpacked[0] != number:
            self._last_unpacked = number, self._unpack(number)
        return self._last_unpacked[1][offset]

    def read_parts(self, part_type: type[Part]) -> Iterator[Part]:
        """Yield a part of each item: an object with some of its attributes, which takes less time to make.

        Args:
            part_type: A type with some of the attributes of an item, with the same types and defaults.
        """
        decode: Any = msgspec.msgpack.Decoder(list[part_type]).decode  # type: ignore[valid-type]
        for chunk in self.chunks:
            yield from decode(zlib.decompress(chunk))

    def extend(self, items: Iterable[Item]) -> "PackedItems[Item]":
        """Return these items followed by others."""
        extended = PackedItems(self._item_type)
        full_count = self._count // _ITEMS_PER_CHUNK
        extended.chunks = self.chunks[:full_count]
        extended._count = full_count * _ITEMS_PER_CHUNK
        extended._append(chain(self[extended._count :], items))
        return extended

    def replace(self, changed: Mapping[int, Item]) -> Self:
        """Return these items, with other ones at some indexes. Only the chunks of these are packed again."""
        self._last_unpacked = -1, ()  # because the copy has it too
        replaced = copy(self)
        replaced.chunks = list(self.chunks)
        for number in {index // _ITEMS_PER_CHUNK for index in changed}:
            numbered = enumerate(self._unpack(number), start=number * _ITEMS_PER_CHUNK)
            replaced.chunks[number] = _compress([changed.get(index, item) for index, item in numbered])
        return replaced

    def _unpack(self, number: int) -> Sequence[Item]:
        """Return the items of one chunk."""
        items: Sequence[Item] = self._decode(zlib.decompress(self.chunks[number]))
        return items


def _compress(items: Sequence[Item]) -> bytes:
    return zlib.compress(_encode(items), _FASTEST)


def add_items(items: Sequence[Item], more: Sequence[Item]) -> Sequence[Item]:
    """Return the items followed by others, packed if the first ones are packed."""
    if not more:
        return items
    return items.extend(more) if isinstance(items, PackedItems) else (*items, *more)
