"""What a destination is told: the snippet, which destination hears of what, and what becomes of it after the answer."""
