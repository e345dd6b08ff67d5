"""The services to run: command, environment, address and health of each."""
