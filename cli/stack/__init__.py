"""The local stack: PostgreSQL, RabbitMQ, MLflow and the services as processes of this machine.

`PostgresServer` and `RabbitServer` are the two servers; tests start throwaway ones with the same classes.
"""
