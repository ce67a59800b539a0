"""Opt-in fields: fields that the service writes only if the settings name them."""
