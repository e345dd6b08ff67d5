"""What the stack uses of this machine: folders, ports, users, secrets."""
