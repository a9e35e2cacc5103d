"""What makes two headlines the same."""

import hashlib
import re
from functools import lru_cache

from bot.model.text import word_count, words

FEWEST_WORDS = 4

OUTLET = re.compile(r"\s+[-–—|]\s+[^-–—|]{1,60}$")


@lru_cache(maxsize=512)  # mostly asked for thrice: for the headline, and with and without its outlet
def headline_key(title: str) -> str | None:
    """A digest of 64 characters, equal for headlines that read the same but for case, accents and punctuation.

    None under four words, where a headline says too little ("Live ticker"). In a script without spaces two characters
    count as a word (Chinese, Japanese) or four (Thai, Lao, Khmer).
    """
    said = words(title)
    if word_count(said) < FEWEST_WORDS:
        return None
    return hashlib.sha256(" ".join(said).encode()).hexdigest()


def headline_keys(title: str) -> frozenset[str]:
    """The key of a headline, and of the same without the outlet that aggregators put behind it ("… - The Post")."""
    return frozenset(key for key in (headline_key(title), headline_key(OUTLET.sub("", title))) if key)
