"""Storage: engine, tables, migrations, views, and the functions that read and write."""
