"""The matcher: a query language parsed into a tree, and which standing queries an article meets.

``language`` parses: ``typed`` reads signs as meant, ``tokens`` and ``literals`` cut the query up, ``grammar`` builds
the tree of ``query``, ``mistakes`` says what is wrong. ``matcher`` matches: ``text`` reads an article, ``evaluation``
looks for the tree in it.
"""
