"""Reads response bodies up to a maximum size, so that a small compressed body cannot fill the memory."""

import zlib
from collections.abc import Iterable

import httpx

MAX_BODY_BYTES = 64 * 2**20
"""Maximum size of a decompressed body. The largest pages of trackers are a few megabytes."""
_DETECT_GZIP_OR_ZLIB = zlib.MAX_WBITS | 32
"""The value with which `zlib` detects by the first bytes whether data is in the format gzip or zlib."""


class BodyTooLarge(Exception):
    """The body is larger than `MAX_BODY_BYTES`."""

    def __init__(self) -> None:
        super().__init__(f"it is larger than {MAX_BODY_BYTES // 2**20} MB")


def read_body(chunks: Iterable[bytes], encoding: str) -> bytes:
    """Read and decompress a body.

    Args:
        chunks: The body as it was sent.
        encoding: The value of the header `Content-Encoding`.

    Raises:
        BodyTooLarge: The body is larger than `MAX_BODY_BYTES`.
        httpx.DecodingError: The body cannot be decompressed.
    """
    decompressor = _make_decompressor(encoding.strip().casefold())
    parts: list[bytes] = []
    size = 0
    for chunk in chunks:
        try:
            part = decompressor.decompress(chunk, MAX_BODY_BYTES + 1 - size) if decompressor else chunk
        except zlib.error as error:
            raise httpx.DecodingError(f"the response cannot be decompressed: {error}") from error
        parts.append(part)
        size += len(part)
        if size > MAX_BODY_BYTES:
            raise BodyTooLarge
    if decompressor and parts and not decompressor.eof:
        raise httpx.DecodingError("the compressed response is truncated")
    return b"".join(parts)


def _make_decompressor(encoding: str) -> "zlib._Decompress | None":
    """Make an object that decompresses a body; None if the body is not compressed."""
    if encoding in ("", "identity"):
        return None
    if encoding in ("gzip", "x-gzip", "deflate"):
        return zlib.decompressobj(_DETECT_GZIP_OR_ZLIB)
    raise httpx.DecodingError(f'the content encoding "{encoding[:40]}" was not requested')
