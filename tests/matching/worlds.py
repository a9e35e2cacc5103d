"""Queries and articles over small vocabularies, in many scripts: both draw on the same words, so that they often meet.

Everything is drawn from a ``Random``, so that a seed names a world, and Hypothesis may play the Random.
"""

import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random

from bot.matching.language import parse
from bot.matching.mistakes import QueryError
from bot.matching.names import Names, read_aliases
from bot.matching.query import Query
from bot.model.article import Article
from bot.model.ids import FeedId
from tests.matching.oracle import PARTICLES


@dataclass(frozen=True)
class Script:
    words: tuple[str, ...]
    joints: tuple[str, ...]
    """What stands between words."""
    exact: tuple[str, ...] = ()
    """What people look for exactly."""
    endings: tuple[str, ...] = ()
    """What may be attached to a word of a text."""


def said(words: str) -> tuple[str, ...]:
    return tuple(words.split())


SPACED = (" ", " ", " ", " ", ", ", ". ", " – ", "-", "/", "_", "…")
UNSPACED = ("", "", "", " ", "、", "·", "。")

SCRIPTS = {
    "letters": Script(("a", "b", "c", "a b a b a", "b a b"), (" ",), ("a b", "b a b")),
    "latin": Script(
        said(
            "a b Huawei HUAWEI Huawei™ ban banned U.S. US us C++ C .NET net AT&T e-mail email 5G 6G ５Ｇ spectrum "
            "auction auctions restrictions Meng's"
        ),
        SPACED,
        ("US", "U.S.", "us", "C++", "C", ".NET", "5G", "AT&T", "a b", "Huawei", "e-mail", "a, b", "Meng’s"),
        ("s", "ed", "x", "가"),
    ),
    "accents": Script(
        said(
            "café Cafe\u0301 cafe CAFÉS Łódź lodz Đà Da Nẵng nang Æsir aesir œuvre oeuvre Straße strasse smørrebrød "
            "smorrebrod ışık isik İstanbul naïve ﬁne ½"
        ),
        SPACED,
        ("café", "cafe", "Łódź", "Straße", "½", "Đà Nẵng", "ﬁne"),
        ("s", "\u0301", "x"),
    ),
    "umlauts": Script(
        said(
            "Müller Muller Mueller MU\u0308LLER Zürich Zurich Zuerich Jörg Joerg jorg Bär Frequenzauktion Auktion "
            "Überraschung Ueberraschung übermütig uebermuetig blue Israel"
        ),
        SPACED,
        ("Müller", "Mueller", "Zürich", "Jörg Müller", "übermütig"),
        ("s", "en", "auktion"),
    ),
    "cyrillic": Script(
        said("йод иод и\u0306од Ёлка елка ёлки Хуавей хуавеи война Київ Киів мир"),
        SPACED,
        said("йод Ёлка елка Хуавей"),
        said("а ы"),
    ),
    "greek": Script(said("Αθήνα αθηνα ΑΘΗΝΑ λόγος λογοσ ΛΌΓΟΣ νέα νεα ᾳδω"), SPACED, said("Αθήνα λόγος"), ("ς",)),
    "arabic": Script(said("مُحَمَّد محمد هواوي أحمد احمد شركة الشركة ﻫﻮﺍﻭﻱ"), SPACED, said("محمد مُحَمَّد أحمد"), ("ات",)),
    "hebrew": Script(said("שָׁלוֹם שלום הואווי חברה חברת ספר סֵפֶר"), SPACED, said("שלום סֵפֶר"), ("ים",)),
    "devanagari": Script(
        said("हिन्दी हिन्द किसान कस कि क भारत भारतीय क़लम क\u093cलम"), (*SPACED, "। "), said("हिन्दी भारत"), said("ी ों")
    ),
    "thai": Script(
        said("ประเทศไทย ไทย ประเทศ กรุงเทพ เทพ น้ำ น\u0e4d\u0e49า ก 5G"), UNSPACED, said("ไทย ประเทศไทย"), ("ๆ",)
    ),
    "lao": Script(said("ປະເທດລາວ ລາວ ປະເທດ ນ້ຳ"), UNSPACED, ("ລາວ",)),
    "khmer": Script(said("ប្រទេសកម្ពុជា កម្ពុជា ប្រទេស ភ្នំពេញ"), UNSPACED, ("កម្ពុជា",)),
    "chinese": Script(
        said(
            "华为 華為 孟晚舟 孟晚 晚舟 技术 技術 手机 手機 网络 網絡 5G Huawei 发展 發展 头发 頭髮 乾隆 乾燥 干燥 "
            "5G网络 5G網絡 Huawei手机 后来 後來 皇后 華 为 技术5G"
        ),
        UNSPACED,
        said("华为 華為 5G网络 孟晚舟 頭髮 5G"),
        said("们 G"),
    ),
    "japanese": Script(
        said("ガス ｶﾞｽ カス カ\u3099ス ココ コ 東京 東京ガス ソフトバンク バンク ハンク 人々 は これは ひらがな"),
        (*UNSPACED, "・", "「", "」"),
        said("ガス カス 東京"),
        ("ー",),
    ),
    "korean": Script(
        (*said("화웨이 화웨 삼성전자 전자 제재 뉴스 한국 미국 5G Huawei"), unicodedata.normalize("NFD", "화웨이")),
        SPACED,
        said("화웨이 화웨이가 한국"),
        said(f"{PARTICLES} 사 가는 를을"),
    ),
}

AUTHORS = ("Jörg Müller", "Joerg Mueller", "Anna Café", "Meng Wanzhou", "孟晚舟", "Ben Ban", "")
TAGS = ("5G", "Huawei ban", "Zürich", "华为", "網絡", "화웨이", "Sport", "C++", "US", "ประเทศไทย")
LINKS = (
    "https://news.example.org/a",
    "http://Example.org:8080/b?c",
    "https://www.example.co.uk/",
    "https://reader.github.io/x",
    "https://github.io/",
    "https://www.münchen.de/5g",
    "https://10.0.0.1/",
    "",
)
SITES = (
    "example.org",
    "news.example.org",
    "example.co.uk",
    "reader.github.io",
    "münchen.de",
    "https://www.example.org/z",
)
LANGUAGES = ("", "", "", "", "de", "de-at", "en", "en_US", "zh-cn", "ZH", "ko")
CODES = ("de", "de-AT", "en", "english", "zh", "ja", "ko", "ru", "th", "ar", "german")
FEEDS = 6
CALLED = ("BBC", "bbc-world", '"BBC World"', "wires", "gone")
NAMES = Names(
    aliases=read_aliases(
        {
            "Meng Wanzhou": ["孟晚舟", "Wanzhou Meng"],
            "spectrum": ["Frequenz", "spectrum auction"],
            "한국": ["韓國", "Korea"],
        }
    ),
    feeds={
        "bbc": frozenset({FeedId(1), FeedId(2)}),
        "bbc world": frozenset({FeedId(2)}),
        "wires": frozenset({FeedId(3), FeedId(4), FeedId(5)}),
        "gone": frozenset(),
    },
)

QUOTES = ('""', '""', "“”", "„“", "«»", "「」", "＂＂")
LENGTHS = (40,) * 19 + (400,)
"""Words of a body at most: few are so long that NEAR/100 fails in them."""
TEXT_FIELDS = ("title", "summary", "body", "author", "tag")
DISTANCES = ("", "/1", "/2", "/3", "/5", "/10", "/100")


# ---- articles -------------------------------------------------------------------------------------------------------


def an_article(random: Random) -> Article:
    scripts = [SCRIPTS[name] for name in random.sample(list(SCRIPTS), random.randint(1, 4))]
    return Article(
        title=a_text(random, scripts, 1, 8),
        link=random.choice(LINKS),
        summary=a_text(random, scripts, 0, 16),
        body=a_text(random, scripts, 0, random.choice(LENGTHS)),
        author=random.choice(AUTHORS),
        tags=tuple(random.sample(TAGS, random.randint(0, 4))),
        language=random.choice(LANGUAGES),
        feed=random.choice((None, *map(FeedId, range(1, FEEDS + 1)))),
    )


def a_text(random: Random, scripts: Sequence[Script], least: int, most: int) -> str:
    """Words of few scripts, some of them again and again, so that phrases and overlaps stand in it."""
    written = ""
    left = random.randint(least, most)
    while left > 0:
        script = random.choice(scripts)
        known = random.sample(script.words, min(len(script.words), random.randint(2, 8)))
        for _ in range(min(left, random.randint(1, 8))):
            written += a_written_word(random, script, random.choice(known)) + random.choice(script.joints)
            left -= 1
        written += random.choice(("", " "))
    return " ".join(written.split())


def a_written_word(random: Random, script: Script, word: str) -> str:
    chance = random.random()
    if chance < 0.6:
        return word
    if chance < 0.75 and script.endings:
        return word + random.choice(script.endings)
    return random.choice(CHANGES)(word)


CHANGES: tuple[Callable[[str], str], ...] = (
    str.upper,
    str.lower,
    str.title,
    lambda word: unicodedata.normalize("NFD", word),
    lambda word: f"{word[:1]}\u00ad{word[1:]}",
    lambda word: f"{word[:2]}\u200b{word[2:]}\ufeff",
    lambda word: f"“{word}”",
    lambda word: "".join(chr(ord(sign) + 0xFEE0) if "!" <= sign <= "~" else sign for sign in word),
)


# ---- queries --------------------------------------------------------------------------------------------------------


def a_query(random: Random) -> Query:
    """Parsed; what cannot be read is drawn again."""
    while True:
        try:
            return parse(typed(random), NAMES)
        except QueryError:
            continue


def typed(random: Random) -> str:
    scripts = [SCRIPTS[name] for name in random.sample(list(SCRIPTS), random.choice((1, 1, 1, 2)))]
    return a_tree(random, scripts, random.choice((0, 0, 1, 1, 2)))


def a_tree(random: Random, scripts: Sequence[Script], depth: int) -> str:
    if depth == 0:
        return a_part(random, scripts)
    left, right = a_tree(random, scripts, depth - 1), a_tree(random, scripts, random.randint(0, depth - 1))
    chance = random.random()
    if chance < 0.35:
        return f"({left}){random.choice((' ', ' AND '))}({right})"
    if chance < 0.7:
        return f"({left}) OR ({right})"
    return f"({left}) {random.choice(('-', '–', 'NOT '))}({right})"


def a_part(random: Random, scripts: Sequence[Script]) -> str:
    chance = random.random()
    if chance < 0.1:
        return a_fact(random)
    if chance < 0.25:
        return f"{random.choice(TEXT_FIELDS)}:({an_inner_tree(random, scripts)})"
    if chance < 0.3:
        return f"author:{quoted(random, random.choice(AUTHORS[:-1]))}"
    if chance < 0.35:
        return f"tag:{in_tags(random)}"
    return a_literal(random, scripts)


def in_tags(random: Random) -> str:
    """In one tag, or across two, where nothing is found."""
    one, other = random.sample(TAGS, 2)
    across = (f'"{one} {other}"', f'("{one}" NEAR/5 "{other}")', f"`{one}, {other}`", f'("{one}" "{other}")')
    return random.choice((f'"{one}"', f'"{one}"', *across))


def an_inner_tree(random: Random, scripts: Sequence[Script]) -> str:
    one, other = a_literal(random, scripts), a_literal(random, scripts)
    return random.choice((one, one, f"{one} {other}", f"{one} OR {other}", f"{one} -{other}"))


def a_fact(random: Random) -> str:
    name, values = random.choice((("site", SITES), ("lang", CODES), ("feed", CALLED)))
    return f"{name}:{random.choice(values)}"


def a_literal(random: Random, scripts: Sequence[Script]) -> str:
    script = random.choice(scripts)
    chance = random.random()
    if chance < 0.1 and script.exact:
        text = random.choice(script.exact)
        return random.choice((f"`{text}`", f'exact:"{text}"'))
    if chance < 0.25:
        return f"{a_side(random, script)} NEAR{random.choice(DISTANCES)} {a_side(random, random.choice(scripts))}"
    return a_side(random, script)


def a_side(random: Random, script: Script) -> str:
    """A word, a phrase, or one of them with a star."""
    chance = random.random()
    if chance < 0.5:
        word = random.choice(script.words)
        return word + random.choice(script.endings) if script.endings and random.random() < 0.1 else word
    if chance < 0.7:
        return quoted(random, a_phrase(random, script))
    if chance < 0.85:
        return f"{a_cut(random, script, begin=True)}*"
    if chance < 0.95:
        return f"*{a_cut(random, script, begin=False)}"
    return quoted(random, f"{a_phrase(random, script)}*")


def a_phrase(random: Random, script: Script) -> str:
    some = [random.choice(script.words) for _ in range(random.choice((1, 2, 2, 2, 3)))]
    return random.choice(script.joints).join(some if random.random() < 0.8 else [*some, some[0]])


def a_cut(random: Random, script: Script, *, begin: bool) -> str:
    long = [word for word in script.words if len(word) > 3 and word.isalpha()]
    word = random.choice(long or script.words)
    at = random.randint(3, max(3, len(word)))
    return word[:at] if begin else word[-at:]


def quoted(random: Random, text: str) -> str:
    opening, closing = random.choice(QUOTES)
    return f"{opening}{text}{closing}"
