"""The check-up: what works, what does not, and the next step for everything that is wrong."""

from bot.doctor.examining import examine

__all__ = ["examine"]
