"""Exceptions that cross rooms. A person's mistake and the world's trouble are values."""


class StorageUnavailable(Exception):
    """The database cannot be reached, is locked or broke off. Nothing of the unit of work was kept."""


class LeaseLost(Exception):
    """Another process has taken over; nothing of this unit of work may be kept."""


class SchemaUnknown(Exception):
    """A newer Tocsin wrote the database."""
