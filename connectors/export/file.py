"""Opens an export file as text, after detecting its encoding.

An export is read several times. So a pipe, which can be read only once, is copied to a temporary file first.
"""

import codecs
import io
import tempfile
from pathlib import Path
from typing import IO, BinaryIO, TextIO

from connectors.errors import Misconfigured

STANDARD_INPUT = "-"
"""The path that means the standard input, as in most commands."""

_CHUNK_BYTES = 2**20
_MAX_PIPE_BYTES = 2 * 2**30
"""Maximum size of a pipe, so that an endless one cannot fill the disk."""
_DETECTION_BYTES = 4096
"""The number of bytes at the start of a file that show whether it is an export and, usually, what its encoding is."""
_MIN_ZERO_BYTE_SHARE = 0.3
"""In UTF-16, every other byte of ASCII characters is zero. If more than this share of the bytes at even positions is
zero, and none at odd positions, or the other way round, a text is UTF-16."""
_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_BINARY_SIGNATURES = (
    (b"PK\x03\x04", "an Excel workbook or a ZIP archive"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook"),
    (b"\x1f\x8b", "compressed with gzip"),
    (b"%PDF", "a PDF"),
    (b"<", "a web page or XML"),
)
"""The first bytes of files that are not exports, and the description of such a file in messages."""
_HINT = "Export as CSV, or write one JSON object per line."


class ExportFile:
    """An export file that can be read several times. `notes` tell the user how it was decoded."""

    def __init__(self, path: str) -> None:
        self.path = Path("/dev/stdin" if path == STANDARD_INPUT else path)
        self.encoding = "utf-8"
        self.notes: tuple[str, ...] = ()
        self._copy: IO[bytes] | None = None

    def detect_encoding(self) -> None:
        """Set `encoding` and `notes`.

        Raises:
            Misconfigured: The file cannot be read, is not text, or is a web page or XML.
        """
        self._copy_pipe()
        self.encoding, self.notes = "utf-8", ()
        with self._open_binary() as file:
            first_bytes = file.read(_DETECTION_BYTES)
            for signature, description in _BINARY_SIGNATURES:
                if first_bytes.lstrip().startswith(signature):
                    raise Misconfigured(f"{self.path} is {description}.", hint=_HINT)
            encoding = _detect_by_first_bytes(first_bytes)
            if encoding is None and b"\0" in first_bytes:
                raise Misconfigured(f"{self.path} is not a text file.", hint=_HINT)
            self.encoding = encoding or self._detect_utf_8_or_windows(first_bytes, file)

    def open(self) -> TextIO:
        """Open the file as text.

        Raises:
            Misconfigured: The file cannot be read.
        """
        return io.TextIOWrapper(self._open_binary(), encoding=self.encoding, errors="replace", newline="")

    def close(self) -> None:
        """Delete the copy of a pipe."""
        if self._copy is not None:
            self._copy.close()
            self._copy = None

    def _copy_pipe(self) -> None:
        """Copy the content to a temporary file, if the path is a pipe or the standard input."""
        if self._copy is not None or self.path.is_file() or not self.path.exists() or self.path.is_dir():
            return
        copy = tempfile.NamedTemporaryFile(prefix="steward-export-")  # noqa: SIM115 - it stays open until `close`
        try:
            with self.path.open("rb") as pipe:
                self._copy_into(copy, pipe)
            copy.flush()
        except OSError as error:
            copy.close()
            raise self._unreadable_error(error) from error
        except Misconfigured:
            copy.close()
            raise
        self._copy = copy

    def _copy_into(self, copy: IO[bytes], pipe: BinaryIO) -> None:
        while chunk := pipe.read(_CHUNK_BYTES):
            if copy.tell() + len(chunk) > _MAX_PIPE_BYTES:
                raise Misconfigured(
                    f"{self.path} is larger than {_MAX_PIPE_BYTES // 2**30} GB.", hint="Save it to a file first."
                )
            copy.write(chunk)

    def _open_binary(self) -> BinaryIO:
        try:
            return open(self.path if self._copy is None else self._copy.name, "rb")  # noqa: PTH123 - a name or a path
        except OSError as error:
            raise self._unreadable_error(error) from error

    def _detect_utf_8_or_windows(self, first_bytes: bytes, file: BinaryIO) -> str:
        """Return "utf-8" if most non-ASCII characters are valid UTF-8, otherwise "cp1252" (Windows-1252)."""
        decoder = codecs.getincrementaldecoder("utf-8")("replace")
        invalid_count = valid_count = 0
        chunk = first_bytes
        while chunk:
            text = decoder.decode(chunk)
            if not text.isascii():
                replacement_count = text.count("\ufffd")
                invalid_count += replacement_count
                valid_count += sum(not character.isascii() for character in text) - replacement_count
            if "\0" in text:
                raise Misconfigured(f"{self.path} is not a text file.", hint=_HINT)
            chunk = file.read(_CHUNK_BYTES)
        if not invalid_count:
            return "utf-8"
        if valid_count > invalid_count:
            self.notes = (f"{invalid_count} characters of {self.path} are not valid UTF-8 and were replaced.",)
            return "utf-8"
        self.notes = (f"{self.path} is not UTF-8; it was read as Windows-1252.",)
        return "cp1252"

    def _unreadable_error(self, error: OSError) -> Misconfigured:
        return Misconfigured(f"{self.path} cannot be read: {error.strerror or error}.")


def _detect_by_first_bytes(first_bytes: bytes) -> str | None:
    """Return the encoding if the file declares it or looks like UTF-16; None otherwise."""
    for mark, encoding in _BYTE_ORDER_MARKS:
        if first_bytes.startswith(mark):
            return encoding
    sample = first_bytes[:1000]
    if len(sample) >= 8 and b"\0" in sample:
        zeros_at_even, zeros_at_odd = sample[::2].count(0), sample[1::2].count(0)
        min_zeros = _MIN_ZERO_BYTE_SHARE * len(sample) / 2
        if zeros_at_even > min_zeros and zeros_at_odd == 0:
            return "utf-16-be"
        if zeros_at_odd > min_zeros and zeros_at_even == 0:
            return "utf-16-le"
    return None
