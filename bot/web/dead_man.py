"""The dead-man address: whoever stands behind it raises the alarm once it is called no more."""

import logging

import aiohttp

log = logging.getLogger(__name__)

LONGEST = 10.0
"""Seconds that a call may take."""


class DeadMan:
    """The address may hold a secret, so nothing that is said of a call shows any of it."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._is_heard = True

    async def call(self) -> None:
        trouble = await self._trouble()
        if trouble and self._is_heard:
            log.warning("could not call the dead-man address; trying again", extra={"reason": trouble})
        elif not trouble and not self._is_heard:
            log.info("the dead-man address answers again")
        self._is_heard = not trouble

    async def _trouble(self) -> str:
        """Why it was not heard; empty: it was."""
        timeout = aiohttp.ClientTimeout(total=LONGEST)
        try:
            # What the operator wrote is called, and nothing that it points to.
            async with (
                aiohttp.ClientSession(timeout=timeout) as session,
                session.get(self._address, allow_redirects=False) as answer,
            ):
                if 300 <= answer.status < 400:
                    return f"answered {answer.status}: redirects are not followed"
                return "" if answer.ok else f"answered {answer.status}"
        except TimeoutError:
            return f"no answer within {LONGEST:.0f} s"
        except (aiohttp.ClientError, OSError) as error:
            return f"cannot be reached ({type(error).__name__})"
