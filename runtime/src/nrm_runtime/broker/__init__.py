"""Telling and hearing: the relay carries the outbox to Kafka, `hears` takes in what others told.

PostgreSQL is the truth and Kafka is transport: nothing here uses Kafka's transactions.
"""
