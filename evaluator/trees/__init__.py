"""Two queries compared as trees: what differs, what it is called, and what would mend it. Executes nothing."""
