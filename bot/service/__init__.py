"""A running Tocsin: ``running`` from the start to the last delivery in flight, ``reception`` for people and platforms.

Nothing is imported here, so that ``parts`` costs nothing.
"""
