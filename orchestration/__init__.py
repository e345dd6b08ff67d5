"""When: schedules for those who live in Airflow, on the functions that the watcher and the command line use."""
