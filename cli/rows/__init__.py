"""Commands about rows: predict and drop them, tell what came true, repair and replay them."""
