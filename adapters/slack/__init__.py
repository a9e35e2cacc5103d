"""Slack: the same three rooms as every platform, and what is Slack's own.

Out: ``messenger`` posts, edits, deletes and looks for what it posted, as ``messages`` words it and ``render`` draws it;
``accounts`` knows which workspaces are signed in to, ``places`` which conversation is behind a destination; ``wire``
makes one call and says how it went, ``meaning`` says what that means for a delivery.

In: ``app`` is one workspace's app, heard through ``socket_mode`` or ``http_mode``; ``incoming`` takes what is its own,
once, and ``bolt`` hands it to ``commands`` or, in threads, to ``thread_window``. ``line`` reads what people type,
``asking`` has it carried out, ``replies`` and ``windows`` draw the answer, ``responding`` sends it.

``platform`` puts them together, ``examination`` is what doctor says of it. Importing this package costs nothing: the
vendor's libraries come with ``platform``, and Bolt when it listens.
"""
