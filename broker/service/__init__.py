"""What every service process has: its log, its traces, its health and metrics over HTTP."""
