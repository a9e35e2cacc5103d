"""The matcher against PostgreSQL: a table with a tsquery for each subscription, scanned once for each article."""

import os
from collections.abc import Iterable
from pathlib import Path
from statistics import median

import psycopg

from benchmarks.measures.matching import filled
from benchmarks.measures.rounds import in_a_fork, settled_down
from benchmarks.tsqueries import tsquery
from benchmarks.workload import Workload, some_of_every_length, text_of
from bot.matching.query import Query
from bot.model.ids import SubscriptionId
from tests.standins.postgres import PostgresServer

ARTICLES = 60
ROUNDS = 3
# A temporary table's pages all stay in the memory of its own backend, which does all of the work.
SETTINGS = "SET temp_buffers = '256MB'; SET jit = off; SET max_parallel_workers_per_gather = 0"
TABLE = "CREATE TEMPORARY TABLE typed (id integer, query text)"
FILL = """CREATE TEMPORARY TABLE standing AS SELECT id, to_tsquery('simple', query) AS query FROM typed;
DROP TABLE typed; ANALYZE standing"""
SCAN = "SELECT id FROM standing, to_tsvector('simple', %s) AS article WHERE article @@ query"


def measure(workload: Workload, size: int) -> dict[str, float | str]:
    few, known = some_of_every_length(workload.articles(), ARTICLES)
    matcher = filled(workload.pairs("mix", size))
    settled_down()
    read = [*workload.read_before(), *known]
    cost = median(in_a_fork(matcher, read, few).new for _ in range(ROUNDS))

    with PostgresServer() as server, psycopg.connect(server.url(), autocommit=True) as connection:
        version = connection.info.parameter_status("server_version") or ""
        _fill(connection, workload.pairs("mix", size))
        connection.execute(SCAN, [text_of(known[0])])
        before = _cpu_seconds(connection.info.backend_pid)
        found = sum(len(connection.execute(SCAN, [text_of(article)]).fetchall()) for article in few)
        postgres_cost = (_cpu_seconds(connection.info.backend_pid) - before) / ARTICLES
    return {
        "postgres_ratio": postgres_cost / cost,
        "postgres_ms": postgres_cost * 1e3,
        "postgres_articles": ARTICLES,
        "postgres_matching_share": found / ARTICLES / size,
        "postgres_version": version,
    }


def _fill(connection: psycopg.Connection, pairs: Iterable[tuple[SubscriptionId, Query]]) -> None:
    connection.execute(SETTINGS)
    connection.execute(TABLE)
    with connection.cursor() as cursor, cursor.copy("COPY typed FROM STDIN") as copy:
        for subscription, query in pairs:
            copy.write_row((subscription, tsquery(query.root)))
    connection.execute(FILL)


def _cpu_seconds(process: int) -> float:
    """In its own code and in the kernel's."""
    fields = Path(f"/proc/{process}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
