"""The messages that people read in comments, in Slack and on the report page: one catalogue for each language."""

from sync.messages.catalogue import Messages
from sync.messages.loading import check_texts, custom_messages, languages, shipped_folder, shipped_messages

__all__ = ["Messages", "check_texts", "custom_messages", "languages", "shipped_folder", "shipped_messages"]
