"""The demo: a sample newsroom on loopback, read by the real application."""
