"""The words of docs/glossary.md as frozen dataclasses: no I/O, no platform, no decision."""
