"""What the benchmark's publishers publish: RSS and Atom by turns, the same for the same seed."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from html import escape
from random import Random

from benchmarks.publisher.prose import CHINESE_SHARE, Language, chinese, english, markup

ENTRIES = 40
BYTES = 100_000
"""Of a document, about."""
SINCE = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Entry:
    feed: int
    number: int
    title: str
    summary: str
    content: str
    author: str
    tags: list[str]

    @property
    def address(self) -> str:
        return f"https://wire{self.feed}.example.org/2026/{self.number}/"


@dataclass
class Press:
    """Documents by the number of their feed and by revision: each revision brings one new entry and drops the oldest.

    ``entries`` of about ``size`` bytes in all make a document.
    """

    seed: int
    entries: int = ENTRIES
    size: int = BYTES
    _languages: list[tuple[Language, list[str]]] = field(init=False)
    _written: dict[tuple[int, int], str] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        random = self._random("prose")
        self._languages = [(one, list(markup(one, random))) for one in (english(random), chinese(random))]

    def document(self, feed: int, revision: int) -> bytes:
        numbers = range(revision, revision + self.entries)
        entries = [self._entry(feed, number) for number in reversed(numbers)]
        self._written.pop((feed, revision - 1), None)
        title = f"Example Wire {feed}"
        built = _when(feed, numbers[-1])
        frame = _atom if feed % 2 else _rss
        return frame(feed, title, built, self._language_of(feed)[0].code, "".join(entries)).encode()

    def validators(self, feed: int, revision: int) -> dict[str, str]:
        """The headers that go with a document."""
        modified = _when(feed, revision + self.entries - 1)
        return {"ETag": f'"{feed}-{revision}"', "Last-Modified": format_datetime(modified, usegmt=True)}

    def words(self, *, chinese: bool) -> list[str]:
        """The most frequent first."""
        return self._languages[chinese][0].words

    def _entry(self, feed: int, number: int) -> str:
        if (feed, number) not in self._written:
            self._written[feed, number] = self._write(feed, number)
        return self._written[feed, number]

    def _write(self, feed: int, number: int) -> str:
        random = self._random(f"{feed} {number}")
        language, paragraphs = self._language_of(feed)
        title, lead = language.sentence(random, random.randint(6, 12)), language.paragraph(random, 2)
        content = [f"<p>{lead}</p>"]
        # What surrounds the content takes about 800 bytes, and the last paragraph goes beyond by half of its length.
        room = (self.size / self.entries - 1_050) * random.uniform(0.5, 1.5) * (0.9 if feed % 2 else 1)
        while (room := room - len(content[-1].encode())) > 0:
            content.append(random.choice(paragraphs))
        author, tags = language.sentence(random, 2), [language.sentence(random, 1) for _ in range(3)]
        entry = Entry(feed, number, title, lead, "\n".join(content), author, tags)
        return _atom_entry(entry) if feed % 2 else _rss_item(entry)

    def _language_of(self, feed: int) -> tuple[Language, list[str]]:
        return self._languages[feed % 100 < CHINESE_SHARE * 100]

    def _random(self, what: str) -> Random:
        return Random(f"{self.seed} {what}")  # noqa: S311 - a workload, not a secret


def _when(feed: int, number: int) -> datetime:
    return SINCE + timedelta(minutes=37 * number, seconds=feed)


def _rss(feed: int, title: str, built: datetime, language: str, items: str) -> str:
    return (
        '<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"\n'
        '\txmlns:content="http://purl.org/rss/1.0/modules/content/"\n'
        '\txmlns:dc="http://purl.org/dc/elements/1.1/"\n'
        '\txmlns:atom="http://www.w3.org/2005/Atom"\n'
        '\txmlns:slash="http://purl.org/rss/1.0/modules/slash/"\n>\n'
        f"<channel>\n\t<title>{title}</title>\n"
        f'\t<atom:link href="https://wire{feed}.example.org/feed/" rel="self" type="application/rss+xml" />\n'
        f"\t<link>https://wire{feed}.example.org</link>\n\t<description>{title}, all day</description>\n"
        f"\t<lastBuildDate>{format_datetime(built)}</lastBuildDate>\n\t<language>{language}</language>\n"
        f"\t<generator>https://wordpress.org/?v=6.8</generator>\n{items}</channel>\n</rss>\n"
    )


def _rss_item(entry: Entry) -> str:
    categories = "".join(f"\t\t<category><![CDATA[{tag}]]></category>\n" for tag in entry.tags)
    return (
        f"\t<item>\n\t\t<title>{entry.title}</title>\n\t\t<link>{entry.address}</link>\n"
        f"\t\t<comments>{entry.address}#respond</comments>\n"
        f"\t\t<dc:creator><![CDATA[{entry.author}]]></dc:creator>\n"
        f"\t\t<pubDate>{format_datetime(_when(entry.feed, entry.number))}</pubDate>\n{categories}"
        f'\t\t<guid isPermaLink="false">https://wire{entry.feed}.example.org/?p={entry.number}</guid>\n'
        f"\t\t<description><![CDATA[<p>{entry.summary} [&#8230;]</p>]]></description>\n"
        f"\t\t<content:encoded><![CDATA[{entry.content}]]></content:encoded>\n"
        f"\t\t<slash:comments>{entry.number % 7}</slash:comments>\n\t</item>\n"
    )


def _atom(feed: int, title: str, built: datetime, language: str, entries: str) -> str:
    return (
        f'<?xml version="1.0" encoding="utf-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="{language}">\n'
        f"  <title>{title}</title>\n  <id>tag:wire{feed}.example.org,2026:feed</id>\n"
        f'  <link rel="alternate" type="text/html" href="https://wire{feed}.example.org/" />\n'
        f'  <link rel="self" type="application/atom+xml" href="https://wire{feed}.example.org/atom.xml" />\n'
        f"  <updated>{built.isoformat()}</updated>\n{entries}</feed>\n"
    )


def _atom_entry(entry: Entry) -> str:
    when = _when(entry.feed, entry.number).isoformat()
    categories = "".join(f'    <category term="{tag}" />\n' for tag in entry.tags)
    return (
        f'  <entry>\n    <title type="html">{entry.title}</title>\n'
        f'    <link rel="alternate" type="text/html" href="{entry.address}" />\n'
        f"    <id>tag:wire{entry.feed}.example.org,2026:{entry.number}</id>\n"
        f"    <published>{when}</published>\n    <updated>{when}</updated>\n"
        f"    <author><name>{entry.author}</name></author>\n{categories}"
        f'    <summary type="html">{escape(f"<p>{entry.summary} [&#8230;]</p>")}</summary>\n'
        f'    <content type="html" xml:base="{entry.address}">{escape(entry.content)}</content>\n  </entry>\n'
    )
