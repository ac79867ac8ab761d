"""What every stage stands on: messages, topics, buses, the runner, settings and telemetry."""
