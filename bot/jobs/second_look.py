"""The second look: what was sent again while nobody knew whether it stood there may stand there twice."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field

from bot import crash
from bot.alerts.retry import after_second_look, surplus
from bot.errors import StorageUnavailable
from bot.jobs.crew import OUR_BUG, Crew
from bot.jobs.deliver import Delivering, guarded
from bot.model.delivery import Finding, Posted, Refused, Unknowable
from bot.ports import Messenger, Storage

log = logging.getLogger(__name__)

AT_ONCE = 4


@dataclass
class SecondLook:
    """Looks for surplus copies, and deletes all but the oldest of a message."""

    storage: Storage
    messengers: Mapping[str, Messenger]
    settings: Delivering
    owner: str
    crew: Crew = field(init=False, default_factory=lambda: Crew(AT_ONCE))

    async def sweep(self) -> None:
        """Begin to look for those that are due, as many as there is room for."""
        if not self.crew.free:
            return
        try:
            async with self.storage.read() as unit:
                if not await unit.second_looks.any_due():
                    return
            async with self.storage.begin() as unit:
                claimed = await unit.second_looks.claim(
                    self.owner, self.crew.free, self.settings.lease, tuple(self.messengers)
                )
        except StorageUnavailable as trouble:
            log.warning("could not look for surplus copies; trying again", extra={"reason": str(trouble)})
            return
        for posted in claimed:
            crash.at("second_look.claimed")
            self.crew.begin(self._look(posted), f"second look at delivery {posted.id}")

    async def _look(self, posted: Posted) -> None:
        messenger = self.messengers[posted.delivery.destination.workspace.platform]
        delivery = posted.delivery
        finding: Finding = await guarded(messenger.find(delivery), lambda: Unknowable(OUR_BUG), delivery)
        copies = surplus(finding)
        not_deleted = Refused("delivery", OUR_BUG)
        deletions = [await guarded(messenger.delete(delivery, copy), lambda: not_deleted, delivery) for copy in copies]
        crash.at("second_look.deleted")
        try:
            async with self.storage.begin() as unit:
                looked = after_second_look(posted, finding, deletions, unit.now, self.settings.patience)
                await unit.second_looks.settle(posted, looked)
        except StorageUnavailable as trouble:
            # It is due again once its lease is over.
            log.warning("could not record a second look", extra=_facts(posted) | {"reason": str(trouble)})
            return
        if copies:
            log.info("took back surplus copies", extra=_facts(posted) | {"copies": len(copies)})


def _facts(posted: Posted) -> dict[str, object]:
    return {"destination": str(posted.delivery.destination), "key": posted.delivery.key}
