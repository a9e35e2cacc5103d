"""Memory: everything Tocsin must not forget, behind SQLAlchemy Core. SQLite and PostgreSQL by ``database.url`` alone.

``tables`` is the schema on one screen, ``unit`` one transaction, then one file per noun. Nothing outside this room
writes SQL; decisions live in ``bot``, this room only carries them out.
"""
