"""Discord: the same three rooms as every platform.

``messenger`` posts, edits, deletes and looks for what it posted, ``render`` and ``replies`` decide what a message looks
like (pure), ``commands`` answers slash commands and clicks; ``gateway`` holds the connection on which they come in.
``wire`` makes one call and says how it went, ``limits`` keeps to Discord's pace, ``meaning`` says what an answer means
for a delivery. ``places`` knows the channel behind a destination, ``permissions`` what Tocsin may do there.
``platform`` puts them together.

Importing this package costs nothing: discord.py comes with ``vendor``, and only those who listen need it.
"""
