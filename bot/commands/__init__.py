"""What people can ask for: one definition for every face (Slack, the command line, whatever platform comes next)."""
