"""Airflow, and the files its schedules find."""
