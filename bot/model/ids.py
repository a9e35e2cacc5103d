"""Identifiers, one type per noun, so that a feed's number is never taken for an article's."""

from typing import NewType

WorkspaceId = NewType("WorkspaceId", int)
DestinationId = NewType("DestinationId", int)
FeedId = NewType("FeedId", int)
ArticleId = NewType("ArticleId", int)
StoryId = NewType("StoryId", int)
SubscriptionId = NewType("SubscriptionId", int)
DeliveryId = NewType("DeliveryId", int)
