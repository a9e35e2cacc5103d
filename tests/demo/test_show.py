"""``tocsin demo`` as a process of its own, and what it says around the alerts."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from bot.demo import page
from bot.demo.newsroom import IN_FULL_TEXT, SUBSCRIPTIONS, addresses, articles
from bot.demo.show import Watched
from bot.demo.tally import KeptBack, Tally
from bot.model.article import Article
from bot.model.reading import Judged, PollReport, Verdict
from tests.acceptance.program import Finished, Program

FIRST_RUN = [article for article in articles() if article.wave < 2]
NORDKABEL = "http://nordkabel.example/rss.xml"


@pytest.fixture
def tocsin(tmp_path: Path) -> Program:
    return Program(tmp_path)


def alerts(finished: Finished) -> int:
    return sum(line.startswith("matched ") for line in finished.stdout.splitlines())


def block(finished: Finished, heading: str) -> list[str]:
    """The lines under a heading, up to the next empty one."""
    lines = finished.stdout.splitlines()
    start = lines.index(heading) + 1
    return [line.strip() for line in lines[start : lines.index("", start)]]


def test_it_alerts_keeps_back_and_sums_up_and_started_again_it_alerts_only_what_is_new(tocsin: Program) -> None:
    first = tocsin("demo", "--database", "demo.db")
    second = tocsin("demo", "--database", "demo.db")
    third = tocsin("demo", "--database", "demo.db")

    assert [(each.returncode, each.stderr) for each in (first, second, third)] == [(0, "")] * 3
    assert [alerts(each) for each in (first, second, third)] == [7, 1, 0]
    assert len(block(first, "Kept back, first poll: they stood there before Tocsin came")) == 10
    assert len(block(first, "Kept back, duplicate: this channel has heard of it")) == 3
    assert len(block(first, "Kept back, no match: nobody subscribed to it")) == 5
    assert block(first, "Kept back, reissued: known, and only its date is new") == [
        "Huawei supplies antennas for the harbour of Niederhafen (nordkabel.example)"
    ]
    assert "25 articles of 7 feeds in" in first.stdout
    assert "Second round of the 5G auction brings a surprise" in second.stdout
    assert "Kept back" not in second.stdout
    assert "   25  kept back: known from the last time" in second.stdout.splitlines()
    assert "nothing is told twice" in third.stdout
    for article in FIRST_RUN:
        assert article.title.casefold() in first.stdout.casefold()
    for query in SUBSCRIPTIONS:
        assert query in first.stdout
    assert "roughcopy.example" in first.stdout


def test_it_alerts_by_what_stands_only_on_a_page_and_not_by_a_readers_comment(tocsin: Program) -> None:
    finished = tocsin("demo")

    told, _, kept_back = finished.stdout.partition("Kept back, duplicate")
    assert "The rules of the 5G auction set a block aside for places like Sandholm" in told
    assert "What the island pays for its last mile" in told
    assert "The night the switchboard fell silent" not in told
    assert "The night the switchboard fell silent (longread.example)" in kept_back


def test_without_what_reads_pages_it_says_how_to_see_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.feeds.extra.is_installed", lambda: False)

    assert "6 invented outlets" in page.introduction()
    assert "pip install 'tocsin[fulltext]'" in page.introduction()
    assert IN_FULL_TEXT not in {article.feed for article in articles()}


def test_a_database_of_somebody_elses_is_left_alone(tocsin: Program) -> None:
    tocsin.configure("[fetch]", 'contact = "mailto:news@example.org"')
    tocsin("subscriptions", "add", "privacy", "--to", "console")

    finished = tocsin("demo", "--database", "tocsin.db")

    with closing(sqlite3.connect(tocsin.folder / "tocsin.db")) as database:
        stored = database.execute(
            "SELECT (SELECT count(*) FROM feeds), (SELECT count(*) FROM subscriptions)"
        ).fetchone()
    assert (finished.returncode, finished.stdout) == (2, "")
    assert "name another file" in finished.stderr
    assert stored == (0, 1)


def test_a_feed_counts_as_read_once_it_was_asked_for_since_the_wave_was_published() -> None:
    newsroom = Watched()

    assert not newsroom.was_asked(NORDKABEL)
    newsroom.document(NORDKABEL)
    assert newsroom.was_asked(NORDKABEL)
    newsroom.publish_next_wave()
    assert not newsroom.was_asked(NORDKABEL)


# ---- the page ------------------------------------------------------------------------------------------------------


def a_report(title: str, verdict: Verdict, address: str = NORDKABEL, **more: str) -> PollReport:
    return PollReport(address, (Judged(Article(title, guid=title), verdict),), **more)


def test_an_article_counts_once_by_what_became_of_it_first() -> None:
    tally = Tally()

    for verdict in ("alerted", "known", "known"):
        tally.add(a_report("Second round", verdict))

    assert tally.end_wave(1) == []
    assert tally.counts == {"alerted": 1}


def test_what_was_kept_back_is_told_wave_by_wave_with_its_reason() -> None:
    tally = Tally()
    reissued = next(article.title for article in articles() if article.reissued_in == 1)

    tally.add(a_report("Old lines", "first poll"))
    tally.add(a_report(reissued, "first poll"))
    first = tally.end_wave(0)
    tally.add(a_report("Old lines", "known"))
    tally.add(a_report(reissued, "known"))
    second = tally.end_wave(1)

    assert first == [KeptBack("Old lines", NORDKABEL, "first poll"), KeptBack(reissued, NORDKABEL, "first poll")]
    assert second == [KeptBack(reissued, NORDKABEL, "reissued")]
    assert tally.counts == {"first poll": 2, "reissued": 1}


def test_every_line_fits_a_screen_of_eighty_columns() -> None:
    tally = Tally()
    tally.add(a_report("Second round", "alerted", complaint="it is not well-formed in line 9 " * 5))
    told = [page.introduction(), page.FIRST_POLL, page.ALERTS, page.AGAIN, page.NOTHING_MORE]
    told += [page.summary(tally, 3.2, None), page.summary(tally, 3.2, Path("demo.db"))]
    told += [page.kept_back([KeptBack(article.title, article.feed, "duplicate") for article in articles()])]

    lines = "\n".join(told).splitlines()

    assert [line for line in lines if len(line) > page.WIDTH] == []
    assert f"{len(addresses())} invented outlets" in lines[0]
