"""One unit of work: a transaction, the time it happens at, and the nouns that can be asked for in it."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, nullcontext
from datetime import UTC, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.errors import StorageUnavailable
from bot.model.ids import SubscriptionId, WorkspaceId
from bot.ports import Overview, Vitals
from storage.articles import StoredArticles
from storage.askings import StoredAskings
from storage.engine import BUSY_TIMEOUT, open_engine
from storage.feeds import StoredFeeds
from storage.migrate import migrate
from storage.outbox import StoredOutbox
from storage.overview import overview
from storage.pages import StoredWantedPages
from storage.rereading import read_by, reread
from storage.second_looks import StoredSecondLooks
from storage.stories import StoredStories
from storage.subscriptions import StoredSubscriptions
from storage.tidying import StoredTidying
from storage.trouble import trouble_named
from storage.vitals import vitals
from storage.workspaces import StoredWorkspaces

Clock = Callable[[], datetime]


class SqlUnit:
    """What ``SqlStorage.begin`` yields. See bot.ports.Unit."""

    def __init__(self, connection: AsyncConnection, now: datetime) -> None:
        self.now = now
        self.workspaces = StoredWorkspaces(connection)
        self.feeds = StoredFeeds(connection, now)
        self.articles = StoredArticles(connection, now)
        self.wanted_pages = StoredWantedPages(connection, now)
        self.stories = StoredStories(connection)
        self.subscriptions = StoredSubscriptions(connection, now)
        self.outbox = StoredOutbox(connection, now)
        self.second_looks = StoredSecondLooks(connection, now)
        self.tidying = StoredTidying(connection, now)
        self.askings = StoredAskings(connection, now)
        self._connection = connection

    async def read_by(self) -> str:
        return await read_by(self._connection)

    async def reread(self, readings: Mapping[SubscriptionId, str], by: str = "") -> int:
        return await reread(self._connection, readings, by)

    async def vitals(self) -> Vitals:
        return await vitals(self._connection, self.now)

    async def overview(self, workspace: WorkspaceId | None) -> Overview:
        return await overview(self._connection, self.now, workspace)


class SqlStorage:
    """SQLite or PostgreSQL. See bot.ports.Storage."""

    def __init__(self, url: str, clock: Clock | None = None, busy_timeout: timedelta = BUSY_TIMEOUT) -> None:
        """``clock`` replaces the time of every unit of work; ``busy_timeout`` is how long SQLite waits for a writer.

        Raises ValueError for a database that is not known.
        """
        self._engine = open_engine(url, busy_timeout)
        self._clock = clock
        self._turns = _Turns(busy_timeout) if self._engine.dialect.name == "sqlite" else nullcontext()

    async def migrate(self) -> tuple[str, ...]:
        """Bring the schema up to date, whoever else tries at the same time. Answers what was applied, oldest first.

        Raises StorageUnavailable; SchemaUnknown where a newer Tocsin wrote the database.
        """
        with trouble_named():
            return await migrate(self._engine)

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[SqlUnit]:
        with trouble_named():
            async with self._turns, self._engine.begin() as connection:
                yield SqlUnit(connection, await self._now(connection))

    @asynccontextmanager
    async def read(self) -> AsyncIterator[SqlUnit]:
        with trouble_named():
            async with self._engine.connect() as connection:
                reading = await connection.execution_options(tocsin_reads=True)
                yield SqlUnit(reading, await self._now(reading))

    async def close(self) -> None:
        await self._engine.dispose()

    async def _now(self, connection: AsyncConnection) -> datetime:
        if self._clock is not None:
            return self._clock()
        if connection.dialect.name == "postgresql":
            now: datetime = (await connection.execute(select(func.now()))).scalar_one()
            return now.astimezone(UTC)
        return datetime.now(UTC)


class _Turns:
    """SQLite has one writer. Here they wait in order; SQLite would let each try again and again, in no order."""

    def __init__(self, patience: timedelta) -> None:
        self._patience = patience.total_seconds()
        self._writing = asyncio.Lock()

    async def __aenter__(self) -> None:
        try:
            async with asyncio.timeout(self._patience):
                await self._writing.acquire()
        except TimeoutError:
            raise StorageUnavailable("other units of work took too long") from None

    async def __aexit__(self, *_trouble: object) -> None:
        self._writing.release()
