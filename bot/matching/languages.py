"""Which language an article is in: as its feed declares it, else as its words look."""

from functools import lru_cache

from bot.matching.text import ArticleText

ENOUGH = 500
"""Characters that are looked at: more would not make it surer."""


def language_of(text: ArticleText) -> str:
    """The primary subtag, lower case; empty where there is nothing to go by."""
    return text.language(lambda whole: _detected(whole[:ENOUGH]))


@lru_cache(maxsize=64)
def _detected(text: str) -> str:
    if not any(character.isalpha() for character in text):
        return ""
    # Loading the model takes half a second, which only a query that asks for a language has to pay.
    from py3langid.langid import classify  # noqa: PLC0415

    code: str = classify(text)[0]
    return code
