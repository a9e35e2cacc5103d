"""The matcher: a query language parsed into a tree, and which standing queries an article meets."""
