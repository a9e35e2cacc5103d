"""What makes two standing subscriptions of one destination the same."""

import hashlib
import json
from collections.abc import Iterable


def reads_as(normal_form: str, feeds: Iterable[str], tags: Iterable[str], *more: object) -> str:
    """A digest of what a subscription reads as; ``more`` keeps apart two that came to read the same."""
    parts = [normal_form, sorted(feeds), sorted(tags), *more]
    return hashlib.sha256(json.dumps(parts, ensure_ascii=False).encode()).hexdigest()
