"""Feeds as the world damages them: cut off, mixed up, badly quoted, in another encoding than they say."""

from collections.abc import Callable, Sequence
from random import Random

TOKENS = (
    *(
        b"<",
        b">",
        b"&",
        b'"',
        b"'",
        b"/",
        b"=",
        b"\x00",
        b"\x0b",
        b"\x1b$B",
        b"\xff",
        b"\xc3",
        b"\xed\xa0\x80",
        b"\xef\xbb\xbf",
    ),
    *(b"<!--", b"-->", b"<![CDATA[", b"]]>", b"<?", b"?>", b"<!", b"<!DOCTYPE x>", b'<!DOCTYPE x [<!ENTITY e "v">]>'),
    *(b"&nbsp;", b"&amp;", b"&amp;amp;", b"&#0;", b"&#xD800;", b"&#99999999;", b"&#x;", b"&e;", b"&lt;", b"&lt;b&gt;"),
    *(b"<item>", b"</item>", b"<item/>", b"<entry>", b"</entry>", b"<ITEM>", b"<x:item>", b"<channel>", b"</channel>"),
    *(b"<title>", b"</title>", b"<link>", b"</link>", b"<guid>x</guid>", b"<content>", b"</content>", b"<source>"),
    *(b"<image>", b"</image>", b"<author>", b"</category>", b"<category>", b"<description>", b"</description>"),
    *(b'<div xml:lang="x">', b"</div>", b"<p>", b"<br/>", b"<script>", b"</script>", b"<svg>", b"<iframe>"),
    *(b' xml:base="x/"', b' xml:lang="de"', b' xmlns="urn:x"', b' xmlns:x="urn:x"', b' type="html"', b' type="xhtml"'),
    *(b' mode="base64"', b' rdf:about="x"', b' href="http://["', b"</rss>", b"</feed>", b"\n" * 50, b" " * 200),
)
ENCODINGS = (
    b"utf-8",
    b"utf-16",
    b"iso-8859-1",
    b"windows-1251",
    b"gb2312",
    b"shift_jis",
    b"us-ascii",
    b"nonsense",
    b"",
)


def damaged(body: bytes, others: Sequence[bytes], chance: Random) -> bytes:
    for _ in range(chance.randint(1, 6)):
        body = chance.choice(WAYS)(body, others, chance)
    return body


def insert(body: bytes, others: Sequence[bytes], chance: Random) -> bytes:
    at = chance.randint(0, len(body))
    return body[:at] + chance.choice(TOKENS) + body[at:]


def insert_in_a_tag(body: bytes, others: Sequence[bytes], chance: Random) -> bytes:
    at = body.find(b">", chance.randint(0, len(body)))
    return body[:at] + chance.choice(TOKENS) + body[at:] if at > 0 else body


def delete(body: bytes, others: Sequence[bytes], chance: Random) -> bytes:
    at = chance.randint(0, len(body))
    return body[:at] + body[at + chance.randint(1, 30) :]


def cut_off(body: bytes, others: Sequence[bytes], chance: Random) -> bytes:
    return body[: chance.randint(1, max(len(body), 1))]


def repeat(body: bytes, others: Sequence[bytes], chance: Random) -> bytes:
    start = chance.randint(0, len(body))
    end = start + chance.randint(1, 300)
    return body[:end] + body[start:end] * chance.randint(1, 3) + body[end:]


def graft(body: bytes, others: Sequence[bytes], chance: Random) -> bytes:
    other = chance.choice(others)
    start, at = chance.randint(0, len(other)), chance.randint(0, len(body))
    return body[:at] + other[start : start + chance.randint(1, 500)] + body[at:]


def flip(body: bytes, others: Sequence[bytes], chance: Random) -> bytes:
    if not body:
        return body
    at = chance.randint(0, len(body) - 1)
    return body[:at] + bytes([chance.randint(0, 255)]) + body[at + 1 :]


def lose_an_end_tag(body: bytes, others: Sequence[bytes], chance: Random) -> bytes:
    start = body.find(b"</", chance.randint(0, len(body)))
    end = body.find(b">", start)
    return body[:start] + body[end + 1 :] if 0 <= start < end else body


def redeclare(body: bytes, others: Sequence[bytes], chance: Random) -> bytes:
    _, declared, rest = body.partition(b"?>")
    return b'<?xml version="1.0" encoding="' + chance.choice(ENCODINGS) + b'"?>' + (rest if declared else body)


def recode(body: bytes, others: Sequence[bytes], chance: Random) -> bytes:
    codec = chance.choice(
        ["utf-16", "utf-16-be", "utf-32", "cp1252", "cp1251", "gb18030", "cp932", "euc-kr", "utf-8-sig"]
    )
    return body.decode("utf-8", "replace").encode(codec, "replace")


Way = Callable[[bytes, Sequence[bytes], Random], bytes]
WAYS: tuple[Way, ...] = (
    *(insert, insert, insert_in_a_tag, delete, cut_off, repeat),
    *(graft, flip, lose_an_end_tag, redeclare, recode),
)
