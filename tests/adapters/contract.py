"""What every Messenger (bot.ports) promises, as tests. One subclass per adapter, in a file of tests/adapters.

``MessengerContract`` is for all of them; ``NetworkMessengerContract`` is for those that speak to a platform over a
network, which a console does not. A subclass names its ``adapter`` and gives a ``stage`` fixture.
"""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Protocol

import pytest

from bot.model.delivery import Absent, Deferred, Delivery, Finding, Found, Refused, Sent, Unconfirmed
from bot.model.destination import Destination
from bot.ports import Messenger
from tests.adapters.arrange import HOSTILE, a_delivery, a_hostile_alert, a_notice, an_alert


class Stage(Protocol):
    """An adapter before its platform, and what the platform can be made to do."""

    messenger: Messenger
    destination: Destination
    secrets: Sequence[str]
    messages_after_edits: int
    """How many messages stand there when one was sent and edited twice: a console takes nothing back."""

    def shown(self) -> Sequence[str]:
        """The messages that stand in the destination, as a person reads them."""
        ...

    def notified(self) -> Sequence[str]:
        """Whom those messages notify."""
        ...

    async def goes_away(self) -> None:
        """The destination is gone for good."""
        ...


class NetworkStage(Stage, Protocol):
    nowhere: Destination
    """A channel that there is not."""

    async def limits(self) -> timedelta:
        """The next request meets a rate limit; how long the platform says to wait."""
        ...

    async def forbids(self) -> None:
        """The bot may not post in the destination."""
        ...

    async def revokes(self) -> None:
        """The platform refuses the token from now on."""
        ...

    async def refuses_connections(self) -> None: ...

    async def falls_silent(self) -> None:
        """The next request is never answered."""
        ...

    async def resets(self, *, after_accept: bool) -> None: ...

    async def answers_500(self) -> None: ...

    async def answers_502_after_accept(self) -> None: ...

    async def edits_break_off(self) -> None:
        """The next edit and the next deletion are answered 502."""
        ...

    def vendor_exceptions(self) -> Sequence[type[Exception]]:
        """All that the vendor exports."""
        ...

    def mapped_exceptions(self) -> Sequence[type[Exception]]: ...

    def raises(self, exception: type[Exception]) -> None:
        """The vendor's library raises it at the next request."""
        ...


class MessengerContract:
    adapter: str

    async def test_an_accepted_delivery_gives_a_receipt_and_stands_there(self, stage: Stage) -> None:
        outcome = await stage.messenger.send(a_delivery(stage.destination))

        assert isinstance(outcome, Sent)
        assert outcome.receipt
        assert len(stage.shown()) == 1
        assert "5G auction opens in Mainz" in stage.shown()[0]

    async def test_every_receipt_is_another_one(self, stage: Stage) -> None:
        outcomes = [await stage.messenger.send(a_delivery(stage.destination)) for _ in range(3)]

        assert len({outcome.receipt for outcome in outcomes if isinstance(outcome, Sent)}) == 3

    async def test_a_notice_is_sent_like_an_alert(self, stage: Stage) -> None:
        outcome = await stage.messenger.send(a_delivery(stage.destination, a_notice(mention="", text="Now hearing")))

        assert isinstance(outcome, Sent)
        assert "Now hearing huawei" in stage.shown()[0]

    async def test_a_repeat_says_so(self, stage: Stage) -> None:
        await stage.messenger.send(a_delivery(stage.destination, repeated=True))

        assert "(may be a repeat)" in stage.shown()[0]

    async def test_overlong_and_hostile_text_is_shortened_and_accepted(self, stage: Stage) -> None:
        alert = await stage.messenger.send(a_delivery(stage.destination, a_hostile_alert()))
        notice = await stage.messenger.send(a_delivery(stage.destination, a_notice(code=HOSTILE * 300, mention="")))

        assert isinstance(alert, Sent)
        assert isinstance(notice, Sent)

    async def test_hostile_text_notifies_nobody_and_obeys_nothing(self, stage: Stage) -> None:
        await stage.messenger.send(a_delivery(stage.destination, a_hostile_alert()))
        await stage.messenger.send(a_delivery(stage.destination, a_notice(code=HOSTILE, mention="")))

        assert not stage.notified()
        assert not {"\x1b", "\x00", "\u202e"} & set("".join(stage.shown()))

    async def test_an_edit_puts_new_words_in_the_place_of_the_old_and_obeys_nothing(self, stage: Stage) -> None:
        delivery = a_delivery(stage.destination)
        sent = await stage.messenger.send(delivery)
        assert isinstance(sent, Sent)

        kind = await stage.messenger.edit(replace(delivery, content=a_notice(text="Now", mention="")), sent.receipt)
        hostile = await stage.messenger.edit(replace(delivery, content=a_hostile_alert()), sent.receipt)

        assert kind == hostile == Sent(sent.receipt)
        assert len(stage.shown()) == stage.messages_after_edits
        assert not stage.notified()
        assert not {"\x1b", "\x00", "\u202e"} & set("".join(stage.shown()))

    async def test_what_is_deleted_stands_there_no_more_or_the_platform_says_that_it_cannot(self, stage: Stage) -> None:
        delivery = a_delivery(stage.destination)
        sent = await stage.messenger.send(delivery)
        assert isinstance(sent, Sent)

        deleted = await stage.messenger.delete(delivery, sent.receipt)

        assert (deleted == Sent(sent.receipt)) == (not stage.shown())
        assert isinstance(deleted, Sent | Refused)

    async def test_a_destination_that_is_gone_is_refused_for_its_lane(self, stage: Stage) -> None:
        await stage.goes_away()

        outcome = await stage.messenger.send(a_delivery(stage.destination))

        assert isinstance(outcome, Refused)
        assert outcome.scope == "lane"
        assert outcome.reason

    async def test_a_destination_where_it_can_post_is_within_reach_without_posting(self, stage: Stage) -> None:
        assert await stage.messenger.reach(stage.destination) is None
        assert not stage.shown()

    async def test_no_secret_stands_in_the_log(self, stage: Stage, caplog: pytest.LogCaptureFixture) -> None:
        caplog.set_level(logging.DEBUG)

        await stage.messenger.send(a_delivery(stage.destination))
        await stage.messenger.find(a_delivery(stage.destination))
        await stage.goes_away()
        await stage.messenger.send(a_delivery(stage.destination))

        assert not [secret for secret in stage.secrets if secret in caplog.text]


class NetworkMessengerContract(MessengerContract):
    async def test_a_rate_limit_is_deferred_with_its_time(self, stage: NetworkStage) -> None:
        wait = await stage.limits()

        outcome = await stage.messenger.send(a_delivery(stage.destination))

        assert isinstance(outcome, Deferred)
        assert outcome.retry_after == wait
        assert not stage.shown()

    async def test_a_forbidden_destination_is_refused_for_its_lane(self, stage: NetworkStage) -> None:
        await stage.forbids()

        outcome = await stage.messenger.send(a_delivery(stage.destination))

        assert isinstance(outcome, Refused)
        assert outcome.scope == "lane"
        assert outcome.hint

    async def test_a_destination_that_there_is_not_is_out_of_reach(self, stage: NetworkStage) -> None:
        found = await stage.messenger.reach(stage.nowhere)

        assert isinstance(found, Refused)
        assert found.scope == "lane"

    async def test_a_platform_that_is_away_says_nothing_of_its_destinations(self, stage: NetworkStage) -> None:
        await stage.refuses_connections()

        assert isinstance(await stage.messenger.reach(stage.destination), Deferred)

    async def test_a_revoked_token_is_refused_for_the_workspace(self, stage: NetworkStage) -> None:
        await stage.revokes()

        outcome = await stage.messenger.send(a_delivery(stage.destination))

        assert isinstance(outcome, Refused)
        assert outcome.scope == "workspace"
        assert "TOKEN" in outcome.reason
        assert not [secret for secret in stage.secrets if secret in outcome.reason + outcome.hint]

    async def test_a_refused_connection_is_deferred(self, stage: NetworkStage) -> None:
        await stage.refuses_connections()

        assert isinstance(await stage.messenger.send(a_delivery(stage.destination)), Deferred)

    async def test_silence_is_unconfirmed(self, stage: NetworkStage) -> None:
        await stage.falls_silent()

        assert isinstance(await stage.messenger.send(a_delivery(stage.destination)), Unconfirmed)

    @pytest.mark.parametrize("after_accept", [False, True])
    async def test_a_reset_is_unconfirmed(self, stage: NetworkStage, after_accept: bool) -> None:
        await stage.resets(after_accept=after_accept)

        outcome = await stage.messenger.send(a_delivery(stage.destination))

        assert isinstance(outcome, Unconfirmed)
        assert len(stage.shown()) == int(after_accept), "one attempt, and no retry of the library's"

    async def test_a_500_is_unconfirmed(self, stage: NetworkStage) -> None:
        await stage.answers_500()

        assert isinstance(await stage.messenger.send(a_delivery(stage.destination)), Unconfirmed)

    async def test_a_502_is_unconfirmed_and_not_tried_again(self, stage: NetworkStage) -> None:
        await stage.answers_502_after_accept()

        outcome = await stage.messenger.send(a_delivery(stage.destination))

        assert isinstance(outcome, Unconfirmed)
        assert len(stage.shown()) == 1

    async def test_edits_and_deletions_have_the_same_outcomes(self, stage: NetworkStage) -> None:
        delivery = a_delivery(stage.destination)
        sent = await stage.messenger.send(delivery)
        assert isinstance(sent, Sent)

        await stage.edits_break_off()
        edited = await stage.messenger.edit(delivery, sent.receipt)
        deleted = await stage.messenger.delete(delivery, sent.receipt)
        await stage.refuses_connections()
        later = await stage.messenger.edit(delivery, sent.receipt)

        assert isinstance(edited, Unconfirmed)
        assert isinstance(deleted, Unconfirmed)
        assert isinstance(later, Deferred)

    async def test_what_is_gone_already_counts_as_deleted_and_cannot_be_edited(self, stage: NetworkStage) -> None:
        delivery = a_delivery(stage.destination)
        sent = await stage.messenger.send(delivery)
        assert isinstance(sent, Sent)
        await stage.messenger.delete(delivery, sent.receipt)

        deleted = await stage.messenger.delete(delivery, sent.receipt)
        edited = await stage.messenger.edit(delivery, sent.receipt)

        assert deleted == Sent(sent.receipt)
        assert isinstance(edited, Refused)
        assert edited.scope == "delivery"

    async def test_every_exception_that_the_vendor_exports_is_mapped(self, stage: NetworkStage) -> None:
        assert set(stage.vendor_exceptions()) <= set(stage.mapped_exceptions())

    async def test_no_exception_of_the_vendor_comes_through(self, stage: NetworkStage) -> None:
        for exception in stage.vendor_exceptions():
            stage.raises(exception)

            outcome = await stage.messenger.send(a_delivery(stage.destination))

            assert isinstance(outcome, Deferred | Refused | Unconfirmed), exception

    async def test_cancellation_goes_through(self, stage: NetworkStage) -> None:
        await stage.falls_silent()
        sending = asyncio.create_task(_send(stage, a_delivery(stage.destination)))
        await asyncio.sleep(0)

        sending.cancel()

        with pytest.raises(asyncio.CancelledError):
            await sending

    async def test_what_arrived_in_silence_is_found(self, stage: NetworkStage) -> None:
        delivery = a_delivery(stage.destination)
        await stage.resets(after_accept=True)
        await stage.messenger.send(delivery)

        assert isinstance(await stage.messenger.find(delivery), Found)

    async def test_what_did_not_arrive_is_absent(self, stage: NetworkStage) -> None:
        await stage.messenger.send(a_delivery(stage.destination, an_alert()))

        assert await stage.messenger.find(a_delivery(stage.destination)) == Absent()

    async def test_a_platform_that_cannot_be_asked_now_is_asked_later(self, stage: NetworkStage) -> None:
        await stage.refuses_connections()

        found: Finding = await stage.messenger.find(a_delivery(stage.destination))

        assert isinstance(found, Deferred)


async def _send(stage: Stage, delivery: Delivery) -> None:
    await stage.messenger.send(delivery)
