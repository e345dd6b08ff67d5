"""The page people use; speaks only HTTP to the gateway."""
