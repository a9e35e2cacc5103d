"""What people can ask for: one definition for every face (Slack, the command line, and whatever platform comes next)."""
