"""Words, paragraphs and HTML as newsrooms write them, drawn by a seed. Nobody ever said any of it."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate
from random import Random

FREQUENT = (
    "the of and to in a is that for it as was with be by on not he his but at are this have from or had an they which "
    "one you were all her she there would their we him been has when who will no more if out so up said what its about"
)
SYLLABLES = [
    f"{onset}{rest}" for onset in "bcdfghklmnprstvz" for rest in ("a", "an", "e", "el", "i", "ion", "o", "or", "u")
]
CHARACTERS = (
    "的一是不了人我在有他这为之大来以个中上们到说国和地也子时道出而要于就下得可你年生自会那后能对着事其里所去行过"
    "家十用发天如然作方成者多日都三小军二无同么经法当起与好看学进种将还分此心前面又定见只主没公从"
)
CONTENT_WORDS = 6_000
CHINESE_WORDS = 2_000
PARAGRAPHS = 1_500
CHINESE_SHARE = 0.1
"""Of all feeds."""


@dataclass(frozen=True, slots=True)
class Language:
    words: list[str]
    weights: list[float]
    """Accumulated: Zipf's, the most frequent first."""
    between: str
    full_stop: str
    code: str

    def sentence(self, random: Random, length: int) -> str:
        said = random.choices(self.words, cum_weights=self.weights, k=length)
        return self.between.join(said).capitalize()

    def paragraph(self, random: Random, sentences: int) -> str:
        return f"{self.full_stop} ".join(self.sentence(random, random.randint(8, 22)) for _ in range(sentences)) + "."


def english(random: Random) -> Language:
    invented = sorted({"".join(random.choices(SYLLABLES, k=random.choice((2, 2, 3)))) for _ in range(CONTENT_WORDS)})
    random.shuffle(invented)
    words = [*FREQUENT.split(), *invented]
    return Language(words, _zipf(len(words)), " ", ".", "en")


def chinese(random: Random) -> Language:
    words = ["".join(random.choices(CHARACTERS, k=2)) for _ in range(CHINESE_WORDS)]
    return Language(words, _zipf(len(words)), "", "。", "zh")


def markup(language: Language, random: Random) -> Iterator[str]:
    """Paragraphs with the links, pictures, lists and quotes of an article's page, as editors leave them."""
    for number in range(PARAGRAPHS):
        said = language.paragraph(random, random.randint(2, 4))
        address = f"https://news.example.org/{random.randrange(10**6)}"
        match number % 8:
            case 0:
                width = random.choice((640, 1024, 1600))
                yield (
                    f'<figure class="wp-block-image size-large"><img loading="lazy" width="{width}" height="600" '
                    f'src="{address}-{width}.jpg" srcset="{address}-300.jpg 300w, {address}-768.jpg 768w" '
                    f'alt="{language.sentence(random, 6)}" /><figcaption>{said[:120]}</figcaption></figure>'
                )
            case 1:
                items = "".join(f"<li>{language.sentence(random, 9)}</li>" for _ in range(4))
                yield f'<ul class="wp-block-list">{items}</ul>'
            case 2:
                yield f"<blockquote><p>{said}</p></blockquote>"
            case 3 | 4:
                said, linked = said[: len(said) // 3], said[len(said) // 3 :]
                yield f'<p>{said}<a href="{address}/?utm_source=rss&amp;utm_medium=feed">{linked}</a></p>'
            case _:
                quote, speaker = language.sentence(random, 7), language.sentence(random, 2)
                yield f"<p>{said} &#8220;{quote}&#8221; &mdash; {speaker}</p>"


def _zipf(length: int) -> list[float]:
    return list(accumulate(1 / (rank + 8) for rank in range(length)))
