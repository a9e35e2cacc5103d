"""Feeds and subscriptions as code: what the file declares, the file alone changes; taken out of it, it ends."""

from collections.abc import Mapping, Sequence

from bot.alerts.notices import feed_removed
from bot.model.declared import DeclaredFeed, declared_for
from bot.model.destination import Workspace
from bot.model.feed import FeedStatus
from bot.model.ids import WorkspaceId
from bot.model.subscription import DECLARED, NewSubscription, Subscription
from bot.ports import Unit


async def declare(
    unit: Unit, feeds: Sequence[DeclaredFeed], subscriptions: Sequence[NewSubscription], *, full_text: bool = False
) -> None:
    """Bring what stands in line with the file. Idempotent; workspaces that connect later are declared to then.

    ``full_text`` is what holds for feeds that are followed by command.
    """
    await unit.feeds.want_full_text(by_default=full_text)
    for subscription in subscriptions:
        await unit.workspaces.register(subscription.destination.workspace)
    workspaces = {workspace: id_ for id_, workspace in await unit.workspaces.all()}
    for workspace, id_ in workspaces.items():
        await _declare_feeds(unit, id_, declared_for(workspace, feeds))
    await _declare_subscriptions(unit, workspaces, subscriptions)


async def _declare_feeds(unit: Unit, workspace: WorkspaceId, feeds: Sequence[DeclaredFeed]) -> None:
    addresses = {feed.address for feed in feeds}
    for status in await unit.feeds.followed(workspace):
        if status.declared and addresses.isdisjoint((status.address, *status.formerly)):
            await _drop(unit, workspace, status)
    for feed in feeds:
        await unit.feeds.follow(
            workspace,
            feed.address,
            name=feed.name,
            tags=feed.tags,
            backfill=feed.backfill,
            full_text=feed.full_text,
            poll_every=feed.poll_every,
            origin=DECLARED,
            credential=feed.credential,
        )


async def _drop(unit: Unit, workspace: WorkspaceId, status: FeedStatus) -> None:
    feed = await unit.feeds.find(status.address, status.credential)
    hearing = [] if feed is None else await unit.subscriptions.hearing(feed)
    here = [subscription for subscription in hearing if subscription.workspace == workspace]
    await unit.feeds.unfollow(workspace, status.address)
    for destination, notice in feed_removed(status.name, "the configuration file", here).items():
        await unit.outbox.notify(destination, notice, f"feed removed {status.address} {unit.now.isoformat()}")


async def _declare_subscriptions(
    unit: Unit, workspaces: Mapping[Workspace, WorkspaceId], declared: Sequence[NewSubscription]
) -> None:
    standing = [one for workspace in workspaces.values() for one in await unit.subscriptions.standing(workspace)]
    as_declared = {_wording(one): one for one in standing if one.is_declared}
    wanted = set()
    for new in declared:
        # Two that an alias makes read the same stay two.
        kept = as_declared.get(_wording(new)) or await unit.subscriptions.twin(new)
        kept = kept or await unit.subscriptions.add(new)
        if kept is not None:
            wanted.add(kept.id)
    for subscription in as_declared.values():
        if subscription.id not in wanted:
            await unit.subscriptions.end(subscription.id)


def _wording(subscription: Subscription | NewSubscription) -> tuple[object, ...]:
    return subscription.destination, subscription.query, subscription.feeds, subscription.tags
