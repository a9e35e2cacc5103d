"""Slack: the same three rooms as every platform.

``messenger`` posts and looks for what it posted, ``render`` and ``replies`` decide what a message looks like (pure),
``commands`` answers slash commands; ``line`` reads what people type, ``socket_mode`` holds the connection on which it
comes in, ``wire`` makes one call and says how it went, ``meaning`` says what that means for a delivery. ``platform``
puts them together.

Importing this package costs nothing: the vendor's libraries come with ``platform``, and Bolt when it listens.
"""
