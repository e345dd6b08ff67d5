"""Screens and alerts for Grafana, as files that it reads."""
