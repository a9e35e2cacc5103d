import codecs
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.feeds.charset import decode, known_by
from bot.feeds.parse import parse_document
from bot.model.reading import ParsedFeed

CHINESE = "华为在频谱拍卖中胜出，监管机构公布了最终结果。孟晚舟回国后首次公开露面，出席了公司的年度大会。"
JAPANESE = "総務省は五日、次世代通信の周波数オークションを来年から始めると発表した。大手四社が参加する見通しだ。"
RUSSIAN = "Аукцион частот завершился в понедельник, регулятор назвал победителей и объявил условия лицензий."
THAI = "ผู้โดยสารระหว่างเกาะสามารถโทรศัพท์ใต้ดาดฟ้าได้แล้ว"
KOREAN = "섬들 사이의 승객들은 이제 갑판 아래에서도 전화를 걸 수 있습니다."
POLISH = "Pasażerowie między wyspami mogą teraz dzwonić również pod pokładem, donosi łódzka gazeta."
CZECH = "Cestující mezi ostrovy teď můžou volat i v podpalubí, řekl ministr. Nová síť začne fungovat příští září."
HUNGARIAN = (
    "Az utasok már a fedélzet alatt is telefonálhatnak; a kormány ötven őrült ötletet gyűjtött össze, főleg nőktől."
)
TURKISH = "Yolcular artık güvertenin altında da telefon edebiliyor, dedi şirket; ışığı gören herkes bağlanıyor."
FRENCH = (
    "Les passagers peuvent désormais téléphoner sous le pont ; le maître a été élevé à la forêt, où règne le silence."
)
GERMAN = "Größte Frequenzauktion für Mobilfunk eröffnet – „Überfällig“, sagt die Behörde in Köln."


def document(text: str, encoding: str = "") -> str:
    declared = f' encoding="{encoding}"' if encoding else ""
    item = f"<item><title>{text}</title></item>"
    return f'<?xml version="1.0"{declared}?><rss version="2.0"><channel>{item}</channel></rss>'


def title(body: bytes, content_type: str) -> str:
    parsed = parse_document(body, content_type, "https://wire.example/", datetime(2026, 9, 22, tzinfo=UTC))
    assert isinstance(parsed, ParsedFeed), parsed
    return parsed.articles[0].title


@pytest.mark.parametrize(
    ("mark", "encoding"),
    [
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
        (codecs.BOM_UTF32_LE, "utf-32-le"),
        (codecs.BOM_UTF32_BE, "utf-32-be"),
    ],
)
def test_a_byte_order_mark_wins_over_what_server_and_prolog_say(mark: bytes, encoding: str) -> None:
    body = mark + document(CHINESE, "iso-8859-1").encode(encoding)

    assert title(body, "text/xml; charset=iso-8859-1") == CHINESE


def test_the_server_wins_over_the_prolog() -> None:
    assert title(document(RUSSIAN, "koi8-r").encode("cp1251"), "text/xml; charset=windows-1251") == RUSSIAN


@pytest.mark.parametrize("content_type", ["", "text/xml", "application/rss+xml", "text/html", "nonsense"])
def test_the_prolog_counts_where_the_server_says_nothing(content_type: str) -> None:
    assert title(document(RUSSIAN, "koi8-r").encode("koi8-r"), content_type) == RUSSIAN


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
def test_wide_characters_without_a_mark_are_seen_by_the_first_bytes(encoding: str) -> None:
    assert title(document(GERMAN, "utf-16").encode(encoding), "application/xml") == GERMAN


@pytest.mark.parametrize("content_type", ["text/xml", "application/rss+xml; charset=us-ascii", ""])
def test_without_any_word_it_is_utf_8(content_type: str) -> None:
    assert title(document(GERMAN).encode(), content_type) == GERMAN


def test_a_servers_western_default_gives_way_to_utf_8() -> None:
    for declared in ("iso-8859-1", "ISO-8859-1", "windows-1252"):
        assert CHINESE in decode(document(CHINESE, "utf-8").encode(), f"text/xml; charset={declared}").text


@pytest.mark.parametrize(
    ("declared", "meant", "text"),
    [
        ("gb2312", "gb18030", CHINESE + "喆"),
        ("gbk", "gb18030", CHINESE + "𠮷"),
        ("shift_jis", "cp932", JAPANESE + "①髙"),
        ("big5", "big5hkscs", "華為在頻譜拍賣中勝出"),
        ("euc-kr", "cp949", "주파수 경매가 시작됐다 똠"),
    ],
)
def test_a_name_that_publishers_use_for_more_is_read_as_they_mean_it(declared: str, meant: str, text: str) -> None:
    assert title(document(text, declared).encode(meant), "application/xml") == text


@pytest.mark.parametrize(
    ("encoding", "text"),
    [("shift_jis", JAPANESE), ("euc-jp", JAPANESE), ("gb2312", CHINESE), ("windows-1251", RUSSIAN), ("cp1252", GERMAN)],
)
def test_what_nobody_declared_is_detected(encoding: str, text: str) -> None:
    assert title(document(text * 3).encode(encoding), "text/xml") == text * 3


def test_what_is_declared_falsely_is_detected_and_complained_of() -> None:
    decoded = decode(document(JAPANESE * 3, "utf-8").encode("cp932"), "text/xml; charset=utf-8")

    assert JAPANESE in decoded.text
    assert decoded.complaint == "it says that it is utf-8, but it is cp932"


def test_a_character_cut_in_two_harms_only_itself() -> None:
    body = document(CHINESE + "§", "utf-8").encode().replace("§".encode(), "为".encode()[:2])

    decoded = decode(body, "text/xml")

    assert CHINESE + "\ufffd" in decoded.text
    assert decoded.complaint == "some of its characters are damaged (utf-8)"


@pytest.mark.parametrize("nonsense", ["no-such-encoding", "zlib_codec", "rot13", "undefined", "utf-8-nonsense", "idna"])
def test_an_encoding_that_does_not_exist_harms_nothing(nonsense: str) -> None:
    assert title(document(GERMAN, nonsense).encode(), f"text/xml; charset={nonsense}") == GERMAN


@given(st.binary(max_size=300), st.sampled_from(["", "charset=utf-7", "charset=utf-16", "charset=x", "charset=cp932"]))
def test_any_bytes_become_text_that_a_database_takes(body: bytes, content_type: str) -> None:
    decode(body, content_type).text.encode("utf-8")


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "ucs-2"])
def test_wide_characters_are_not_believed_in_where_the_first_bytes_are_not(encoding: str) -> None:
    decoded = decode(document(GERMAN, encoding).encode(), f"text/xml; charset={encoding}")

    assert GERMAN in decoded.text
    assert decoded.encoding == "utf-8"


@pytest.mark.parametrize(
    ("label", "codec", "text"),
    [
        ("x-sjis", "cp932", JAPANESE),
        ("windows-31j", "cp932", JAPANESE),
        ("x-gbk", "gb18030", CHINESE),
        ("x-cp1251", "cp1251", RUSSIAN),
        ("windows-874", "cp874", "การประมูลคลื่นความถี่"),
        ("iso-8859-8-i", "iso-8859-8", "המכרז לתדרים הסתיים ביום שני"),
        ("us-ascii", "cp1252", GERMAN),
        ("euc-jp", "euc_jis_2004", JAPANESE + "①"),
        ("iso-2022-jp", "iso2022_jp", JAPANESE),
    ],
)
def test_names_in_use_are_known(label: str, codec: str, text: str) -> None:
    assert title(document(text, label).encode(codec), "application/xml") == text


@pytest.mark.parametrize(
    ("codec", "text"),
    [("cp1251", RUSSIAN), ("koi8-r", RUSSIAN), ("gb18030", CHINESE), ("cp932", JAPANESE), ("euc-jp", JAPANESE)],
)
@pytest.mark.parametrize("declared", ["iso-8859-1", "windows-1252", ""])
def test_what_is_called_western_and_is_not_is_read_as_what_it_is(codec: str, text: str, declared: str) -> None:
    body = document(text * 3, declared).encode(codec)

    assert title(body, "text/xml; charset=iso-8859-1") == text * 3


@pytest.mark.parametrize(
    ("codec", "text"),
    [
        ("iso-8859-2", POLISH),
        ("cp1250", POLISH),
        ("cp1250", CZECH),
        ("iso-8859-2", HUNGARIAN),
        ("cp1254", TURKISH),
        ("mac-roman", FRENCH),
        ("cp874", THAI),
    ],
)
@pytest.mark.parametrize("declared", ["iso-8859-1", "utf-8"])
def test_other_letters_and_places_of_letters_than_the_declared_ones_are_seen_by_a_sentence(
    codec: str, text: str, declared: str
) -> None:
    assert title(document(text, declared).encode(codec), "application/xml") == text
    assert title(document(f"<![CDATA[{text}]]>", declared).encode(codec), "application/xml") == text


@pytest.mark.parametrize(("codec", "text"), [("hz", CHINESE), ("iso-2022-kr", KOREAN)])
@pytest.mark.parametrize("declared", ["", "utf-8", "iso-8859-1", "shift_jis"])
def test_what_shifts_to_another_script_by_escapes_is_seen_by_them(codec: str, text: str, declared: str) -> None:
    assert title(document(text, declared).encode(codec), "text/xml; charset=us-ascii") == text


def test_the_prolog_wins_over_a_servers_western_default() -> None:
    assert title(document("Łódź i Gdańsk", "iso-8859-2").encode("iso-8859-2"), "text/xml; charset=iso-8859-1") == (
        "Łódź i Gdańsk"
    )


@pytest.mark.parametrize(
    "text",
    [
        "ÄÖÜß",
        "ÉÉÉÉ",
        "a\xa0\xa0\xa0\xa0\xa0b",
        "«»«»",
        "–––––",
        "©®™°",
        "café",
        GERMAN,
        FRENCH,
        "L’été à Orléans – déjà 3 €",
        "wait…what—again, said José, François, Müller and Beyoncé’s sister from São Paulo",
        "Så går det løs på Ærø, siger borgmesteren på øen",
        "Els passatgers ja poden telefonar també sota la coberta, segons l’alcalde de la població, què farà això?",
        "El señor niño ¿qué pasó? La canción del corazón más pequeño",
        "Það er ekki hægt að segja hvað verður úr þessu, segir Guðrún á Ísafirði",
    ],
)
@pytest.mark.parametrize("declared", ["iso-8859-1", ""])
def test_what_is_called_western_and_is_stays_so(text: str, declared: str) -> None:
    body = document(text, declared).encode("cp1252")

    assert text in decode(body, "text/xml; charset=windows-1252").text


def test_japanese_that_shifts_by_escapes_is_seen_by_them() -> None:
    assert title(document(JAPANESE).encode("iso2022_jp"), "text/xml; charset=utf-8") == JAPANESE


@pytest.mark.parametrize("label", ["punycode", "unicode_escape", "idna", "charmap"])
def test_what_is_no_encoding_of_documents_is_not_tried(label: str) -> None:
    assert title(document(r"a\u0041" + GERMAN, label).encode(), "") == r"a\u0041" + GERMAN


@pytest.mark.parametrize(
    ("body", "content_type", "words"),
    [
        (codecs.BOM_UTF8 + document(GERMAN).encode(), "", "its byte order mark says so"),
        (document(RUSSIAN).encode("koi8-r"), "text/xml; charset=KOI8-R", "the server says so"),
        (document(CHINESE, "gb2312").encode("gb2312"), "", "its first line says so"),
        (document(GERMAN).encode(), "", "nobody says so, but it reads as such"),
    ],
)
def test_how_an_encoding_is_known_is_told(body: bytes, content_type: str, words: str) -> None:
    assert known_by(body, content_type, decode(body, content_type).encoding) == words


def test_of_damaged_readings_the_least_damaged_is_taken() -> None:
    body = document(JAPANESE * 3, "gb2312").encode() + b"\xe3\x81"

    decoded = decode(body, "")

    assert JAPANESE in decoded.text
    assert decoded.encoding == "utf-8"


def test_a_guess_that_makes_no_document_is_not_taken() -> None:
    body = document("x", "utf-8").encode() + "".join(chr(9_000 + number % 700) for number in range(300)).encode(
        "utf-16"
    )

    assert decode(body, "").text.startswith("<?xml")
