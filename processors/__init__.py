"""From clean articles to tagged articles and stories."""
