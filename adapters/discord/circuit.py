"""Stops asking long before Discord stops listening. No clock: times are seconds of the caller's.

Discord bars for a while the address from which 10,000 requests within ten minutes were answered 401, 403 or 429.
https://docs.discord.com/developers/topics/rate-limits#invalid-request-limit-aka-cloudflare-bans
"""

import logging
from collections import deque

log = logging.getLogger(__name__)

INVALID = frozenset({401, 403, 429})
WINDOW = 600.0
"""Seconds."""
MOST = 500
"""Invalid answers within the window: several processes may share one address, and the bar is at 10,000."""
SHUT_OUT = 300.0
"""Seconds in which nothing is asked with a token that was refused: it seldom gets better by itself."""


class Circuit:
    def __init__(self) -> None:
        self._invalid: deque[float] = deque(maxlen=MOST)
        self._rests_until = 0.0
        self._refused_until = 0.0

    def rests_for(self, now: float) -> float:
        """Seconds in which nothing may be asked; 0.0 where it may."""
        return max(self._rests_until - now, 0.0)

    def is_refused(self, now: float) -> bool:
        """Whether the token was refused just now."""
        return now < self._refused_until

    def note(self, status: int, now: float, *, shared: bool = False) -> None:
        """What an answer was. ``shared``: a 429 for a limit that others used up, which Discord does not count."""
        if status not in INVALID or shared:
            return
        if status == 401 and not self.is_refused(now):
            self._refused_until = now + SHUT_OUT
            log.error("Discord refuses the token; nothing is asked for a while", extra={"seconds": SHUT_OUT})
        self._invalid.append(now)
        if len(self._invalid) == MOST and self._invalid[0] > now - WINDOW and not self.rests_for(now):
            # Until half of them are forgotten, so that it does not open again at the next answer.
            self._rests_until = self._invalid[MOST // 2] + WINDOW
            facts = {"answers": MOST, "seconds": round(self.rests_for(now))}
            log.error("Discord refused so many requests that nothing is asked for a while", extra=facts)

    def try_again(self) -> None:
        """The token may be another one, or accepted again."""
        self._refused_until = 0.0
