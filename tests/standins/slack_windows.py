"""The modals of the Slack stand-in: what a person sees in one, from the shortcut that opens it to its end."""

import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.standins.slack_checks import plain, view_errors
from tests.standins.slack_socket import Exchange


@dataclass
class Window:
    """A modal, or that none was opened and what was said instead."""

    exchange: Exchange
    """The shortcut."""
    id: str = ""
    """Empty while it is not open."""
    view: dict[str, Any] = field(default_factory=dict)
    said: list[str] = field(default_factory=list)
    """Every view that it showed, as a person reads it."""
    mistakes: dict[str, str] = field(default_factory=dict)
    """What stands under which input."""
    violations: list[str] = field(default_factory=list)
    """What Slack would not have shown."""
    is_closed: bool = False

    @property
    def shown(self) -> str:
        return self.said[-1]

    def show(self, view: dict[str, Any]) -> None:
        self.view = view
        self.mistakes = {}
        self.said.append(plain(view["blocks"]))
        self.exchange.stir()

    def answered(self, body: dict[str, Any]) -> None:
        """What the acknowledgement of a submission does to it."""
        match body.get("response_action"):
            case "errors":
                inputs = {block.get("block_id") for block in self.view["blocks"] if block["type"] == "input"}
                self.violations += [f"there is no input {name}" for name in body["errors"] if name not in inputs]
                self.mistakes = body["errors"]
            case "update":
                self.violations += view_errors(body.get("view"))
                self.show(body["view"])
            case _:
                self.is_closed = True
        self.exchange.stir()

    async def until(self, is_so: Callable[[], bool], timeout: float = 10.0) -> None:
        await self.exchange.until(is_so, timeout)


class Windows:
    def __init__(self) -> None:
        self._numbers = itertools.count(1)
        self._windows: list[Window] = []

    def awaited(self, exchange: Exchange) -> Window:
        """Somebody asked for one."""
        self._windows.append(Window(exchange))
        return self._windows[-1]

    def triggered(self, trigger: str) -> Window | None:
        return next((each for each in self._windows if each.exchange.payload["trigger_id"] == trigger), None)

    def open(self, window: Window, view: dict[str, Any]) -> None:
        window.id = f"V{next(self._numbers)}"
        window.show(view)

    def found(self, id: str) -> Window | None:
        return next((each for each in self._windows if each.id == id), None)
