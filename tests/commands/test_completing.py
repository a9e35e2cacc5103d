"""What faces offer while people type."""

import pytest

from bot.model.destination import Destination
from tests.builders import ACME, GLOBEX
from tests.commands.office import FEED, Office

OTHER = "https://other.example.org/rss.xml"


async def test_the_tags_of_the_workspaces_feeds_are_offered(office: Office) -> None:
    await office.follows(tags=("telecom", "press"))
    await office.follows(tags=("secret",), workspace=GLOBEX, address=OTHER)

    assert await office.completes("subscribe", "tags") == ["press", "telecom"]
    assert await office.completes("subscribe", "tags", "TELE") == ["telecom"]


async def test_a_list_of_tags_is_completed_at_its_end(office: Office) -> None:
    await office.follows(tags=("telecom", "press"))

    assert await office.completes("subscribe", "tags", "telecom, p") == ["telecom,press"]


async def test_ones_own_subscriptions_and_the_channels_are_offered_by_number(office: Office) -> None:
    elsewhere = Destination(ACME, "C2")
    await office.asks("subscribe", query="huawei", here=elsewhere)
    await office.asks("subscribe", query="zte", here=elsewhere, user="U2")
    await office.asks("subscribe", query="nokia", user="U2")

    assert await office.completes("unsubscribe", "subscription") == ["1", "3"]
    assert await office.completes("unsubscribe", "subscription", "nok") == ["3"]


async def test_what_the_file_declares_is_not_offered_for_ending(office: Office) -> None:
    await office.declares("huawei")
    await office.follows(origin="config")

    assert await office.completes("unsubscribe", "subscription") == []
    assert await office.completes("feeds remove", "url", is_admin=True) == []


@pytest.mark.parametrize(("is_admin", "offered"), [(True, [FEED]), (False, [])])
async def test_addresses_of_feeds_are_offered_to_admins_only(
    office: Office, is_admin: bool, offered: list[str]
) -> None:
    await office.follows()
    await office.follows(workspace=GLOBEX, address=OTHER)

    assert await office.completes("feeds remove", "url", is_admin=is_admin) == offered


async def test_a_workspace_that_nobody_knows_is_offered_nothing(office: Office) -> None:
    for words, parameter in (("subscribe", "tags"), ("unsubscribe", "subscription")):
        assert await office.completes(words, parameter) == []


async def test_where_nothing_can_be_offered_nobody_is_bothered(office: Office) -> None:
    await office.follows(tags=("telecom",))
    office.configured(storage=Broken())

    assert await office.completes("subscribe", "tags") == []


class Broken:
    def read(self) -> None:
        raise RuntimeError("an invented bug")
