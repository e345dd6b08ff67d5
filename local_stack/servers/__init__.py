"""PostgreSQL and RabbitMQ; tests start throwaway ones with the same classes."""
