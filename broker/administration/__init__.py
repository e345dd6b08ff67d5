"""What administrators do and ask at the broker: accounts, topology, the state of queues."""
