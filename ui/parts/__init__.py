"""What several pages show: forms, tables, charts, progress, errors."""
