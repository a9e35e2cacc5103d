"""What a delivery says, as JSON: old rows must stay readable, so fields are added with a default and never renamed."""

from typing import assert_never

from pydantic import TypeAdapter

from bot.model.delivery import Alert, CatchUp, Content, Gathered, Kind, Notice

_ALERT: TypeAdapter[Alert] = TypeAdapter(Alert)
_NOTICE: TypeAdapter[Notice] = TypeAdapter(Notice)
_CATCH_UP: TypeAdapter[CatchUp] = TypeAdapter(CatchUp)
_GATHERED: TypeAdapter[Gathered] = TypeAdapter(Gathered)


def dump(content: Content) -> tuple[Kind, str]:
    """The kind of a delivery, and its payload."""
    match content:
        case Alert():
            return "alert", _ALERT.dump_json(content).decode()
        case Notice():
            return "notice", _NOTICE.dump_json(content).decode()
        case CatchUp():
            return "catch-up", _CATCH_UP.dump_json(content).decode()
        case Gathered():
            return "gathered", _GATHERED.dump_json(content).decode()
        case _:
            assert_never(content)


def readable(kind: Kind, payload: str) -> Content | None:
    """None where this version cannot read it."""
    try:
        return load(kind, payload)
    except ValueError:
        return None


def load(kind: str, payload: str) -> Content:
    """Raises pydantic.ValidationError for a payload that this version cannot read."""
    match kind:
        case "alert":
            return _ALERT.validate_json(payload)
        case "catch-up":
            return _CATCH_UP.validate_json(payload)
        case "gathered":
            return _GATHERED.validate_json(payload)
        case _:
            return _NOTICE.validate_json(payload)
