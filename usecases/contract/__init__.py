"""What a use case declares: its file, its rules, and where it is found."""
