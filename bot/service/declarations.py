"""What the configuration declares, in the words of the model."""

from bot.config import Settings
from bot.config.headers import credential_of
from bot.matching.language import parse
from bot.matching.names import Names, read_aliases
from bot.matching.typed import without_controls
from bot.model.declared import DeclaredFeed
from bot.model.subscription import DECLARED, NewSubscription


def declared_feeds(settings: Settings) -> list[DeclaredFeed]:
    return [
        DeclaredFeed(
            address=feed.url,
            name=feed.name,
            tags=feed.tags,
            full_text=settings.fetch.full_text if feed.full_text is None else feed.full_text,
            poll_every=feed.poll_every,
            backfill=feed.backfill,
            workspaces=feed.workspaces,
            credential=credential_of(feed.headers_env),
        )
        for feed in settings.feeds
    ]


def declared_subscriptions(settings: Settings) -> list[NewSubscription]:
    names = Names(read_aliases(settings.aliases))
    return [
        NewSubscription(
            destination=one.to,
            query=without_controls(one.query),
            normal_form=parse(one.query, names).normal_form,
            owner=DECLARED,
            origin=DECLARED,
            name=one.name,
            feeds=tuple(sorted(one.feeds)),
            tags=tuple(sorted(one.tags)),
        )
        for one in settings.subscriptions
    ]
