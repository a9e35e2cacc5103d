"""What makes articles one story: a headline's fingerprint, and which story an article joins or begins."""
