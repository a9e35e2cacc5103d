"""The edge at which every face runs a command: whatever happens, the person hears of it."""

import logging
from collections.abc import Sequence

from bot.commands.command import AdminUnknown, Choice, Command, Parameter, Problem, Reply, Request
from bot.errors import StorageUnavailable

log = logging.getLogger(__name__)


async def answer(command: Command, request: Request) -> Reply:
    """Its reply, or a Problem in words for the person who asked; our own mistakes stand in the log as well."""
    try:
        return await command.run(request)
    except StorageUnavailable:
        step = "It may not have been done: try again in a minute."
        return Problem("The database cannot be reached.", step, mistake=False)
    except AdminUnknown as unknown:
        return Problem(str(unknown), "Nothing was changed. Try again in a minute.", mistake=False)
    except Exception:
        log.exception("A command failed", extra={"command": command.name})
        return Problem("That went wrong inside Tocsin, and it is our mistake.", "It stands in the log.", mistake=False)


async def offer(parameter: Parameter, request: Request, typed: str) -> Sequence[Choice]:
    """What may stand there; nothing where that cannot be told, since a completion is a courtesy."""
    if parameter.completion is None:
        return ()
    try:
        return await parameter.completion(request, typed)
    except (StorageUnavailable, AdminUnknown):
        return ()
    except Exception:
        log.exception("A completion failed", extra={"parameter": parameter.name})
        return ()
