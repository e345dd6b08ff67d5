"""How the reference of the API is built and shown."""
