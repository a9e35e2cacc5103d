import io
import logging
import re
from collections.abc import Callable, Iterator

import pytest

from bot.config import Secret
from bot.telemetry import OURS, OneLine, configure

Log = Callable[[], str]
Configured = Callable[..., Log]


@pytest.fixture
def configured() -> Iterator[Configured]:
    """Configures logging for one test, and answers with a function that reads what was logged."""
    levels = {logging.getLogger(name): logging.getLogger(name).level for name in ("", *OURS)}

    def begin(level: str = "INFO", *secrets: Secret | str) -> Log:
        stream = io.StringIO()
        configure(level, secrets, stream)
        return stream.getvalue

    yield begin
    root = logging.getLogger()
    for handler in [each for each in root.handlers if isinstance(each.formatter, OneLine)]:
        root.removeHandler(handler)
    for logger, level in levels.items():
        logger.setLevel(level)


@pytest.fixture
def ours() -> logging.Logger:
    return logging.getLogger("bot.jobs.poll")


def test_a_record_is_one_line_with_time_level_logger_message_and_facts(
    configured: Configured, ours: logging.Logger
) -> None:
    log = configured()

    ours.info("polled %s", "a feed", extra={"address": "https://a.example/rss", "new": 3, "title": 'The "5G" news'})

    assert re.fullmatch(
        r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z INFO bot\.jobs\.poll polled a feed "
        r'address=https://a\.example/rss new=3 title="The \\"5G\\" news"\n',
        log(),
    )


def test_an_empty_fact_can_be_seen(configured: Configured, ours: logging.Logger) -> None:
    log = configured()

    ours.info("polled", extra={"complaint": "", "a": "x=y"})

    assert log().endswith('polled complaint="" a="x=y"\n')


def test_what_a_feed_wrote_cannot_begin_a_line_of_its_own_nor_steer_a_terminal(
    configured: Configured, ours: logging.Logger
) -> None:
    log = configured()

    ours.info("read %s", "title\n2026-05-04 ERROR forged", extra={"source": "\x1b[2Jgone"})

    assert log().count("\n") == 1
    assert r"title\n2026-05-04 ERROR forged" in log()
    assert "\x1b" not in log()


def test_chinese_stands_as_it_is(configured: Configured, ours: logging.Logger) -> None:
    log = configured()

    ours.info("read 孟晚舟")

    assert "孟晚舟" in log()


def test_a_known_secret_shows_as_dots_in_message_arguments_facts_and_traceback(
    configured: Configured, ours: logging.Logger
) -> None:
    log = configured("INFO", Secret("hush-hush-1"), "hush-hush-1-and-more")

    try:
        raise ValueError("refused: hush-hush-1")
    except ValueError:
        ours.exception("failed with hush-hush-1 and %s", "hush-hush-1-and-more", extra={"value": ["hush-hush-1"]})

    assert "hush" not in log().replace("hush-hush-1-and-more", "")  # the source line in the traceback is no secret
    assert "failed with ••• and ••• value=['•••']" in log()
    assert "ValueError: refused: •••" in log()


def test_a_secret_that_must_be_escaped_is_found_before_that(configured: Configured, ours: logging.Logger) -> None:
    log = configured("INFO", 'two words"\tand a tab')

    ours.info("connected", extra={"url": 'postgresql://two words"\tand a tab@db'})

    assert log().endswith("connected url=postgresql://•••@db\n")


@pytest.mark.parametrize(
    "token",
    ["xoxb-1234567890-abcDEF", "xoxp-1234567890", "xoxe.xoxb-1-abcdef123", "xapp-1-A0123-456-abcdef"],
)
def test_whatever_looks_like_a_token_of_slack_is_hidden_though_nobody_told_of_it(
    configured: Configured, ours: logging.Logger, token: str
) -> None:
    log = configured()

    ours.warning("asked https://slack.example/api?token=%s", token)

    assert token.split("-", 1)[1] not in log()
    assert "token=•••" in log()


def test_a_very_short_secret_does_not_blot_out_every_line(configured: Configured, ours: logging.Logger) -> None:
    log = configured("INFO", "e", "")

    ours.info("delivered")

    assert log().endswith("delivered\n")


def test_arguments_that_do_not_fit_their_message_are_logged_without_secrets() -> None:
    record = logging.makeLogRecord({"name": "bot", "msg": "no place for it", "args": ("hush-hush-1",)})

    assert OneLine(["hush-hush-1"]).format(record).endswith("no place for it ('•••',)")


@pytest.mark.parametrize("vendor", ["slack_bolt.AsyncApp", "slack_sdk.web", "aiohttp.access", "apscheduler.scheduler"])
def test_vendors_are_heard_from_warnings_on_only(configured: Configured, vendor: str) -> None:
    log = configured("DEBUG")

    logging.getLogger(vendor).info("a whole request")
    logging.getLogger(vendor).warning("a warning")

    assert "a whole request" not in log()
    assert "a warning" in log()


def test_our_level_is_the_one_that_was_asked_for(configured: Configured, ours: logging.Logger) -> None:
    log = configured("WARNING")

    ours.info("polled")
    logging.getLogger("storage.engine").warning("slow")

    assert "polled" not in log()
    assert "slow" in log()


def test_configured_twice_every_record_still_stands_once(configured: Configured, ours: logging.Logger) -> None:
    first, second = configured(), configured()

    ours.info("polled")

    assert first() == ""
    assert second().count("polled") == 1


def test_logs_go_to_stderr(ours: logging.Logger, configured: Configured, capsys: pytest.CaptureFixture[str]) -> None:
    configured()
    configure("INFO")

    ours.info("polled")

    assert "polled" in capsys.readouterr().err
