"""The texts that people read: one catalogue for each language, loaded and checked."""

from sync.messages.catalogue import Messages
from sync.messages.loading import check_texts, custom_messages, languages, shipped_folder, shipped_messages

__all__ = [
    "Messages",
    "check_texts",
    "custom_messages",
    "languages",
    "shipped_folder",
    "shipped_messages",
]
