"""What the log says of a finished poll."""

import logging
from collections import Counter

from bot.model.address import without_query
from bot.model.reading import PollReport

log = logging.getLogger(__name__)


def log_report(report: PollReport) -> None:
    """One line, none where nothing changed."""
    facts: dict[str, object] = {"feed": without_query(report.address)}
    if report.credential:
        facts["credential"] = report.credential
    if report.failed:
        log.warning("could not poll", extra=facts | {"reason": report.complaint})
    elif not report.unchanged:
        log.info("polled", extra=facts | Counter(judged.verdict.replace(" ", "_") for judged in report.judged))
