"""An article as the matcher reads it: each field's canonical text, made once however many queries look at it."""

from collections.abc import Mapping
from typing import Literal

from bot.model.article import Article
from bot.model.text import Canonical, canonical

Field = Literal["title", "summary", "body"]
FIELDS: tuple[Field, ...] = ("title", "summary", "body")

ArticleText = Mapping[Field, Canonical]


def read(article: Article) -> ArticleText:
    return {
        "title": canonical(article.title),
        "summary": canonical(article.summary),
        "body": canonical(article.body),
    }
