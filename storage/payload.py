"""What a delivery says, as JSON: old rows must stay readable, so fields are added with a default and never renamed."""

from pydantic import TypeAdapter

from bot.model.delivery import Alert, Content, Kind, Notice

_ALERT: TypeAdapter[Alert] = TypeAdapter(Alert)
_NOTICE: TypeAdapter[Notice] = TypeAdapter(Notice)


def dump(content: Content) -> tuple[Kind, str]:
    """The kind of a delivery, and its payload."""
    if isinstance(content, Alert):
        return "alert", _ALERT.dump_json(content).decode()
    return "notice", _NOTICE.dump_json(content).decode()


def load(kind: str, payload: str) -> Content:
    """Raises pydantic.ValidationError for a payload that this version cannot read."""
    return _ALERT.validate_json(payload) if kind == "alert" else _NOTICE.validate_json(payload)
