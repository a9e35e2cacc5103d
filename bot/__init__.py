"""Tocsin, the application. It knows no platform and no SQL.

An article's way through the rooms, from a publisher to a channel::

    jobs.poll ──> feeds       fetch, parse, identify, decide what is new
              ──> stories     one event told by many articles
              ──> matching    which subscriptions it meets
              ──> alerts      which destination hears of it, and why
              ──> storage     articles and outbox rows in one commit   (through ports)
    jobs.deliver ──> adapters send the head of each lane               (through ports)
                 ──> alerts   what becomes of it after the answer

The other rooms: ``model`` holds the words, ``ports`` what the application needs from the world, ``commands`` what
people can ask for on every face, ``web`` health, ``demo`` the sample newsroom. ``config`` reads settings, ``wiring``
is the one place that knows which adapter and which storage stand behind a port. ``service`` is a running Tocsin,
``doctor`` the check-up; ``cli`` is the operator's face and ``terminal`` how it speaks. ``errors``, ``telemetry``
and ``crash`` are for every room.
"""
