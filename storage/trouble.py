"""The database's trouble, named without a password."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, ProgrammingError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from bot.errors import StorageUnavailable


@contextmanager
def trouble_named() -> Iterator[None]:
    """Raise StorageUnavailable for what the database did; our own mistakes stay what they are."""
    try:
        yield
    except (DataError, IntegrityError, ProgrammingError) as error:
        if error.statement is not None:
            raise
        # Nothing was asked yet: the address holds an option that the driver does not know.
        raise StorageUnavailable(_first_line(error.orig)) from error
    except DBAPIError as error:
        raise StorageUnavailable(_first_line(error.orig)) from error
    except PoolTimeoutError as error:
        raise StorageUnavailable("no database connection came free in time") from error
    except OSError as error:
        raise StorageUnavailable(_first_line(error)) from error


def _first_line(error: BaseException | None) -> str:
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__
