"""From feed catalogue to clean articles: the poller and the fetcher."""
