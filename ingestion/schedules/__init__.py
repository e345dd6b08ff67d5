"""What schedules call: one run over the files that wait, or over the forecasts that are due."""

from ingestion.schedules.forecasts import forecast_what_is_due
from ingestion.schedules.jobs import find_new_data, ingest_files, predict_new_data

__all__ = ["find_new_data", "forecast_what_is_due", "ingest_files", "predict_new_data"]
