"""The local stack: PostgreSQL, RabbitMQ, MLflow and the services as processes of this machine."""
