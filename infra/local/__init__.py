"""The local runner: a private PostgreSQL and Kafka, every process of the system, one terminal."""
