"""One outlet with one feed, whose headlines come one by one."""

from tests.standins.publisher import Publisher


class Newsroom:
    """Publishes one headline more each time."""

    def __init__(self, publisher: Publisher) -> None:
        self._publisher = publisher
        self._items: list[str] = []
        self.publishes("Old auction, old ferry")

    def publishes(self, title: str) -> None:
        self._items.insert(0, f"<item><title>{title}</title><guid>{title}</guid></item>")
        head = '<rss version="2.0"><channel><title>Example Wire</title>'
        self._publisher.publishes("/rss.xml", f"{head}{''.join(self._items)}</channel></rss>")
