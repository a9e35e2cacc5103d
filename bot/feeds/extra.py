"""Whether what reads articles from their pages is installed: 53 MB that not everybody needs."""

from importlib.util import find_spec

REMEDY = "pip install 'tocsin[fulltext]'"


def is_installed() -> bool:
    """Asked without importing it, which takes most of a second."""
    return all(find_spec(name) is not None for name in ("trafilatura", "lxml_html_clean"))
