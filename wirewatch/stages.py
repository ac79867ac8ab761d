"""The stages, in order of travel: the command of each, and what it does."""

STAGES = {
    "poller": "Poll the feeds of the catalogue; publish new entries.",
    "fetcher": "Fetch the page of each entry; publish the article.",
    "tagger": "Tag each article with what the watchlists look for.",
    "stories": "Group relevant articles into stories.",
    "surges": "Tell when more is reported than usual.",
    "store": "Write articles and stories to the database.",
    "alerts": "Alert of new stories, through the ledger.",
    "metrics": "Count what was found, for Prometheus.",
}

SERVERS = {
    "feed": "Serve the stories as Atom and JSON Feed, for feed readers.",
}
"""What runs as a stage does, but reads no topic."""
