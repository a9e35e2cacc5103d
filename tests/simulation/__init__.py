"""Feeds polled and lanes drained await by await, by processes that die, stop and meet servers that answer badly.

``memory`` and its rooms are what they share, ``loop`` the time and the threads that they have. ``world`` holds those
that drain, and the platform; ``machine`` draws what happens to them. ``polling`` adds processes that poll and read
pages, ``publishers`` the feeds; ``expected`` is what channels ought to hear, by what ``watched`` saw committed;
``polling_machine`` draws what happens to those, with ``polling_pages`` and ``polling_moves`` on what ``polling_state``
begins with.
"""
