"""Lanes drained await by await, by processes that die, stop and meet a platform that answers badly.

``memory`` is what they share, ``world`` the processes and the platform, ``machine`` draws what happens next.
"""
