"""What the product is measured beside: programs that do the same and leave out what makes it a product."""
