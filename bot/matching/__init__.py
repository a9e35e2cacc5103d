"""The matcher: a query language parsed into a tree, and which standing queries an article meets.

Reading: ``language`` parses. ``typed`` takes signs as meant, ``tokens``, ``fields`` and ``literals`` cut the query up,
``operands`` joins what NEAR joins and widens what ``names`` has an alias for, ``grammar`` builds the tree of ``query``,
``mistakes`` says what is wrong. ``stored`` reads back the normal forms that a tree was written down in.

Looking: ``text`` reads an article (``chinese``, ``korean``, ``languages``, ``exact``),
``evaluation`` looks for one tree in it, and ``explanation`` says why it holds or not.

Matching: ``matcher`` holds a million trees. ``book`` compiles each to ``clauses`` of ``features``; ``scan`` finds the
features of an article as it is ``written``, by its characters and by its ``words``: their ``spelling`` tells those that
queries know, and a ``sieve`` lets those pass that may be like them. ``index`` files the clauses and opens what an
article may meet, ``near`` decides pairs of words, ``table`` is what they all look numbers up in. ``fresh`` are the
queries of the last moments.
"""
