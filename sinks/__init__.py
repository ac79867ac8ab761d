"""Where results go: the archive, the alerts and the metrics."""
