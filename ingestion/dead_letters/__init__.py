"""Messages nobody could handle: kept in a table, sent again."""
