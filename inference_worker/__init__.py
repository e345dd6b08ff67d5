"""Scores parts and records them: decode, score, record in one transaction, reply, event, ack."""
