import asyncio
import io
from collections.abc import Sequence
from datetime import datetime
from typing import TextIO

import pytest

from adapters.console import ConsoleMessenger, ConsolePlatform, screen
from bot.model.delivery import Reason, Refused, Sent, Unconfirmed, Unknowable
from bot.model.destination import Destination, Workspace
from bot.ports import Connection
from tests.adapters.arrange import NOON, a_delivery, a_notice, an_alert
from tests.adapters.contract import MessengerContract

CONSOLE = Destination(Workspace("console"))


class ConsoleStage:
    secrets = ()
    destination = CONSOLE
    messages_after_edits = 3

    def __init__(self) -> None:
        self.stream = io.StringIO()
        self.messenger = ConsoleMessenger(self.stream)

    def shown(self) -> list[str]:
        return [message for message in self.stream.getvalue().split("\n\n") if message]

    def notified(self) -> list[str]:
        return []

    async def goes_away(self) -> None:
        self.stream.close()


class TestConsole(MessengerContract):
    adapter = "console"

    @pytest.fixture
    def stage(self) -> ConsoleStage:
        return ConsoleStage()


class Screen(io.StringIO):
    def isatty(self) -> bool:
        return True


class Full(io.StringIO):
    def write(self, text: str) -> int:
        raise OSError(28, "No space left on device")


async def printed(stream: TextIO, alert: object = None) -> str:
    await ConsoleMessenger(stream).send(a_delivery(CONSOLE, alert or an_alert()))  # type: ignore[arg-type] # a builder
    stream.seek(0)
    return stream.read()


async def test_an_alert_reads_from_the_headline_to_the_reasons() -> None:
    lines = (await printed(io.StringIO())).splitlines()

    local = NOON.astimezone()
    assert lines == [
        "5G auction opens in Mainz",
        f"Example Wire, published {local:%Y-%m-%d %H:%M}",
        "https://news.example.org/5g-auction",
        "Bidding in the 5G auction began today.",
        "matched 5G auction, subscription 2",
        "",
    ]


async def test_an_update_and_several_reasons_are_said_in_words() -> None:
    alert = an_alert(updated=True, reasons=(Reason(2, "5G auction"), Reason(5, "mainz")))

    text = await printed(io.StringIO(), alert)

    assert ", updated since it first appeared" in text
    assert "matched 5G auction, subscription 2; mainz, subscription 5" in text


async def test_what_was_judged_on_the_feeds_own_text_says_so_in_the_last_line() -> None:
    alert = an_alert(reasons=(Reason(2, "5G auction"), Reason(5, "mainz -bonn", on_feed_text=True)))

    lines = (await printed(io.StringIO(), alert)).splitlines()

    assert lines[-3:] == [
        "matched 5G auction, subscription 2; mainz -bonn, subscription 5",
        "judged on the feed's own text",
        "",
    ]


async def test_why_a_page_was_not_read_stands_behind_it_in_parentheses() -> None:
    lines = (await printed(io.StringIO(), an_alert(page="subscription"))).splitlines()

    assert lines[-2] == "judged on the feed's own text (subscription required)"


async def test_what_was_found_on_a_page_that_came_late_says_so() -> None:
    assert ", found on its page, which came later" in await printed(io.StringIO(), an_alert(found_late=True))


async def test_an_article_without_a_date_says_when_it_was_first_seen() -> None:
    alert = an_alert(article={"published": None}, seen=datetime.fromisoformat("2026-03-14T12:30:00+00:00"))

    assert f"first seen {alert.seen.astimezone():%Y-%m-%d %H:%M}" in await printed(io.StringIO(), alert)


async def test_an_article_of_a_title_alone_leaves_no_empty_lines() -> None:
    alert = an_alert(snippet=type(an_alert().snippet)(), article={"link": ""})

    assert "\n\nmatched" not in await printed(io.StringIO(), alert)


async def test_headline_and_matched_words_are_bold_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)

    text = await printed(Screen())

    assert "\x1b[1m5G auction opens in Mainz\x1b[0m" in text
    assert "Bidding in the \x1b[1m5G auction\x1b[0m began today." in text


async def test_no_color_is_heeded_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")

    assert "\x1b" not in await printed(Screen())


async def test_long_lines_wrap_on_a_terminal_and_stay_whole_elsewhere() -> None:
    alert = an_alert(article={"title": "word " * 100})

    assert max(map(len, screen(alert, styled=False).splitlines())) > 400
    assert len(screen(alert, styled=True).splitlines()[0]) < 400


async def test_what_a_stream_cannot_write_is_replaced() -> None:
    stream = io.TextIOWrapper(io.BytesIO(), encoding="ascii")

    assert "??? 5G" in await printed(stream, an_alert(article={"title": "孟晚舟 5G"}))


async def test_a_notice_names_people_as_they_are() -> None:
    stream = io.StringIO()

    await ConsoleMessenger(stream).send(a_delivery(CONSOLE, a_notice(text="operator added", mention="operator")))

    assert stream.getvalue() == "operator added huawei\n\n"


async def test_a_full_disk_leaves_a_delivery_in_doubt_and_a_console_cannot_be_asked() -> None:
    messenger = ConsoleMessenger(Full())

    assert isinstance(await messenger.send(a_delivery(CONSOLE)), Unconfirmed)
    assert isinstance(await messenger.find(a_delivery(CONSOLE)), Unknowable)


async def test_a_broken_pipe_closes_the_lane() -> None:
    class Broken(io.StringIO):
        def flush(self) -> None:
            raise BrokenPipeError

    assert isinstance(await ConsoleMessenger(Broken()).send(a_delivery(CONSOLE)), Refused)


async def test_the_platform_connects_listens_until_cancelled_and_prints_to_stdout(
    capsys: pytest.CaptureFixture[str],
) -> None:
    async def heard(connections: Sequence[Connection], *, complete: bool = False) -> None:
        raise AssertionError("a console has nothing to tell")

    platform = ConsolePlatform()
    listening = asyncio.create_task(platform.listen(heard))

    (connection,) = await platform.connect()
    (examined,) = await platform.examine()
    outcome = await platform.messenger.send(a_delivery(CONSOLE, an_alert(article={"title": "Hello"})))
    listening.cancel()

    assert (str(connection.workspace), connection.problem, examined.ok) == ("console", "", True)
    assert isinstance(outcome, Sent)
    assert "Hello" in capsys.readouterr().out
    with pytest.raises(asyncio.CancelledError):
        await listening
