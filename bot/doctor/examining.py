"""One check-up, from opening the database to the exit code."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import TextIO

from bot.config import Secrets, Settings
from bot.config.places import destination
from bot.doctor.findings import findings
from bot.doctor.trial import post_trial_line
from bot.errors import SchemaUnknown, StorageUnavailable
from bot.ports import Examined
from bot.terminal import DONE, FAILED, MISTAKE, say
from bot.wiring import assemble, open_platforms, open_storage


async def examine(settings: Settings, secrets: Secrets, out: TextIO, *, offline: bool = False, post: str = "") -> int:
    """Print one line a finding; the exit code is 1 only where something keeps Tocsin from working.

    With ``post``, a destination, only one test line is posted there; 2 where that names none.
    """
    try:
        goal = destination(post) if post else None
    except ValueError as error:
        _print(Examined("--post", ok=False, detail=str(error), fatal=True), out)
        return MISTAKE
    async with AsyncExitStack() as stack:
        storage = open_storage(settings)
        stack.push_async_callback(storage.close)
        try:
            await storage.migrate()
            platforms = await open_platforms(settings, secrets, storage)
            application = assemble(settings, storage, platforms, credentials=secrets.feeds)
            stack.push_async_callback(application.close)
            if goal is not None:
                return _print(await post_trial_line(application, goal), out)
            return await _tell(findings(application, offline=offline), out)
        except (StorageUnavailable, SchemaUnknown) as trouble:
            return _print(_no_database(trouble), out)


async def _tell(found: AsyncIterator[Examined], out: TextIO) -> int:
    wrong = warnings = 0
    async for finding in found:
        failed = _print(finding, out) == FAILED
        wrong += failed
        warnings += not finding.ok and not failed
    say(out, "", _summary(wrong, warnings))
    return FAILED if wrong else DONE


def _summary(wrong: int, warnings: int) -> str:
    counted = [_count(wrong, "fault"), _count(warnings, "warning")]
    verdict = "Tocsin cannot work like this" if wrong else "Tocsin can work"
    return f"{verdict}: {' and '.join(filter(None, counted)) or 'nothing is wrong'}."


def _count(number: int, name: str) -> str:
    return f"{number} {name}{'s' if number > 1 else ''}" if number else ""


def _print(finding: Examined, out: TextIO) -> int:
    mark = "ok      " if finding.ok else "WRONG   " if finding.fatal else "warning "
    say(out, f"{mark}{finding.subject}: {finding.detail}")
    if finding.next_step and not finding.ok:
        say(out, f"        {finding.next_step}")
    return FAILED if finding.fatal and not finding.ok else DONE


def _no_database(trouble: StorageUnavailable | SchemaUnknown) -> Examined:
    if isinstance(trouble, SchemaUnknown):
        step = "Install the newer Tocsin again, or name another database under database.url."
        return Examined("database", ok=False, detail=str(trouble), next_step=step, fatal=True)
    step = "Look at database.url in the configuration, and whether the database runs."
    return Examined("database", ok=False, detail=f"out of reach: {trouble}", next_step=step, fatal=True)
