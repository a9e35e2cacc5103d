from matcher_contract import MatcherContract

from bot.matching.language import parse
from bot.matching.matcher import Matcher, ScanAll, matches
from bot.model.article import Article


class TestScanAll(MatcherContract):
    def make(self) -> Matcher:
        return ScanAll()


def test_one_query_can_be_asked_of_one_article() -> None:
    assert matches(parse("huawei -ban"), Article("Huawei opens"))
    assert not matches(parse("huawei -ban"), Article("Huawei", body="A ban."))
