"""What schedules call: one run over the files that wait."""

from ingestion.schedules.jobs import find_new_data, ingest_files, predict_new_data

__all__ = ["find_new_data", "ingest_files", "predict_new_data"]
