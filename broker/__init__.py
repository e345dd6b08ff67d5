"""The language of the pipeline: message contracts, ids, exchanges and queues, connections, publishing, requests."""
