"""The operator's face."""


def main() -> None:
    """Start."""
