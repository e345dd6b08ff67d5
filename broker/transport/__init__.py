"""Connections to RabbitMQ, and what is done over them: publish, consume, request."""
