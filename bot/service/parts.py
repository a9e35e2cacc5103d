"""What one process may do; several processes may share it out."""

PARTS = ("poll", "deliver", "listen", "web")
