"""What standing subscriptions mean by the aliases of today, which may be others than when they were made."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from bot.config.mistakes import path
from bot.matching.language import LANGUAGE, parse
from bot.matching.mistakes import QueryError
from bot.matching.names import Names, word_or_phrase
from bot.matching.query import Near, Node, nodes, normal_form
from bot.model.ids import SubscriptionId
from bot.model.subscription import Subscription


@dataclass(frozen=True, slots=True)
class Rereading:
    normal_forms: Mapping[SubscriptionId, str]
    """Without those that cannot be read any more: each harms only itself, and is set aside where it is heard."""
    overgrown: tuple["Overgrown", ...] = ()


@dataclass(frozen=True, slots=True)
class Overgrown:
    """An alias makes a subscription larger than a query may be."""

    place: str
    """The alias, by its path in the configuration."""
    detail: str


def rules_of_reading(names: Names) -> str:
    """A digest of what queries are read by: who reads by the same rules again need not."""
    rules = [LANGUAGE, sorted(names.aliases.items())]
    return hashlib.sha256(json.dumps(rules, ensure_ascii=False).encode()).hexdigest()


def read_anew(standing: Iterable[Subscription], aliases: Mapping[str, Sequence[str]], names: Names) -> Rereading:
    """``aliases`` as the configuration writes them, ``names`` as they are read."""
    normal_forms: dict[SubscriptionId, str] = {}
    overgrown = []
    for subscription in standing:
        try:
            normal_forms[subscription.id] = parse(subscription.query, names).normal_form
        except QueryError as error:
            # What is declared was looked at with the file.
            if not subscription.is_declared and (alias := _widest(subscription, aliases)):
                overgrown.append(Overgrown(path(("aliases", alias)), _told(subscription, error)))
    return Rereading(normal_forms, tuple(overgrown))


def _widest(subscription: Subscription, aliases: Mapping[str, Sequence[str]]) -> str:
    """The alias that adds most to a query; empty where the query cannot be read without any."""
    try:
        root = parse(subscription.query).root
    except QueryError:
        return ""
    used = {normal_form(literal) for node in nodes(root) for literal in _literals(node)}
    widening = [alias for alias in aliases if normal_form(word_or_phrase(alias)) in used]
    return max(widening, key=lambda alias: len(aliases[alias]), default="")


def _literals(node: Node) -> tuple[Node, ...]:
    return (node.left, node.right) if isinstance(node, Near) else (node,)


def _told(subscription: Subscription, error: QueryError) -> str:
    workspace = subscription.destination.workspace
    called = f"subscription {subscription.number} of {workspace} for {subscription.destination}"
    end = f"tocsin subscriptions remove {subscription.number} --workspace {workspace}"
    return f"{called} cannot be read with it: {subscription.query}: {error.message} Shorten the alias, or: {end}"
