from bot.matching.language import parse
from bot.matching.matcher import ScanAll, matches
from bot.model.article import Article
from tests.matching.matcher_contract import Matcher, MatcherContract


class TestScanAll(MatcherContract):
    def make(self) -> Matcher:
        return ScanAll()


def test_one_query_can_be_asked_of_one_article() -> None:
    assert matches(parse("huawei -ban"), Article("Huawei opens"))
    assert not matches(parse("huawei -ban"), Article("Huawei", body="A ban."))
