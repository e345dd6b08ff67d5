"""The language of the pipeline: messages, ids, exchanges and queues; and how services speak it over RabbitMQ."""
