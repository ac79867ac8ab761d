# `make` lists the targets. Each makes the environment in .venv first, from the hash-locked requirements.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check -q

.DEFAULT_GOAL := help

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit("wirewatch needs Python 3.11 or newer, this is " + sys.version.split()[0] + ": make PYTHON=python3.13") if sys.version_info < (3, 11) else None'
	$(PYTHON) -m venv $(VENV)

$(VENV)/run.ready: requirements/run.lock requirements/build.lock pyproject.toml | $(VENV)/bin/python
	$(PIP) install --require-hashes -r requirements/run.lock
	$(PIP) install --require-hashes -r requirements/build.lock
	$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/dev.ready: requirements/dev.lock $(VENV)/run.ready
	$(PIP) install --require-hashes -r requirements/dev.lock
	@touch $@

$(VENV)/bench.ready: requirements/bench.lock $(VENV)/dev.ready
	$(PIP) install --require-hashes -r requirements/bench.lock
	@touch $@

demo: $(VENV)/run.ready ## run the whole pipeline on the sample news site, embedded
	$(BIN)/wirewatch demo

test: $(VENV)/dev.ready ## start or find what the tests need, run every test
	$(BIN)/pytest

test-deploy: $(VENV)/dev.ready ## build the image and try all stages as containers; needs Docker, root and Debian
	$(BIN)/pytest -s -rs tests/deploy/containers.py

run: $(VENV)/run.ready ## run the pipeline on the live catalogue, seeds/feeds.opml
	$(BIN)/wirewatch run

check: $(VENV)/dev.ready ## ruff, mypy and the import rules
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(VENV)/dev.ready ## articles per CPU-second, the whole pipeline beside bare extraction
	$(BIN)/python bench/throughput.py

bench-poller: $(VENV)/dev.ready ## feeds per second and core, the poller beside plain aiohttp and feedparser
	$(BIN)/python bench/poller.py

bench-extraction: $(VENV)/bench.ready ## pages per CPU-second, text F1 and titles of five extractors; PAGES=FOLDER for real pages
	$(BIN)/python bench/extraction.py $(if $(PAGES),--pages "$(PAGES)")

bench-tagger: $(VENV)/dev.ready ## words per CPU-second of the tagger with 450 and 5,000 actors, beside spaCy's tokenizer
	$(BIN)/python bench/tagger.py

bench-search: $(VENV)/dev.ready ## milliseconds to find articles by words and filters among a million in PostgreSQL, with plans
	PYTHONPATH=. $(BIN)/python bench/search.py

bench-stories: $(VENV)/dev.ready ## what placing an article costs with 10,000 and with 200,000 in the window
	$(BIN)/python bench/stories.py

bench-schedule: $(VENV)/dev.ready ## a year of 10,000 feeds on the schedule, beside a fixed interval
	$(BIN)/python bench/schedule.py

fuzz: $(VENV)/dev.ready ## parse 10,000 mutated feeds, each with 5 seconds and 200 MB
	$(BIN)/python bench/feed_fuzz.py

feedparser-suite: $(VENV)/dev.ready ## put the claims of feedparser's own test feeds to the reader; SUITE=FOLDER is where they are
	$(BIN)/python bench/feedparser_suite.py "$(SUITE)"

chaos: $(VENV)/dev.ready ## kill -9 poller and fetcher 50 times while 500 feeds publish
	$(BIN)/python -m tests.chaos.killing

chaos-alerts: $(VENV)/dev.ready ## kill -9 the alert sink 100 times while its receiver fails, hangs and hangs up
	$(BIN)/python -m tests.chaos.alert_killing

quality: $(VENV)/dev.ready ## precision, recall and F1 of the tagger on the testing part of the labelled corpus
	$(BIN)/python -m tests.quality.report

fit: $(VENV)/dev.ready ## fit the weights of relevance on the fitting part and write them into the watchlist
	$(BIN)/python -m tests.quality.fit --write

lock: $(VENV)/dev.ready ## renew the locked requirements
	$(BIN)/uv pip compile -q --upgrade --universal --generate-hashes --no-emit-index-url --no-header --python-version 3.11 --extra otel pyproject.toml -o requirements/run.lock
	$(BIN)/uv pip compile -q --upgrade --universal --generate-hashes --no-emit-index-url --no-header --python-version 3.11 --group build -c requirements/run.lock -o requirements/build.lock
	$(BIN)/uv pip compile -q --upgrade --universal --generate-hashes --no-emit-index-url --no-header --python-version 3.11 --group dev -c requirements/run.lock -c requirements/build.lock -o requirements/dev.lock
	$(BIN)/uv pip compile -q --upgrade --universal --generate-hashes --no-emit-index-url --no-header --python-version 3.11 --group bench -c requirements/run.lock -c requirements/dev.lock -o requirements/bench.lock

.PHONY: dashboards dashboards-preview
dashboards: $(VENV)/run.ready ## write what Grafana reads from deploy/dashboards
	$(BIN)/python -m deploy.dashboards.write

dashboards-preview: $(VENV)/dev.ready ## show each panel with the data of the demonstration, as one page: dashboards.html
	$(BIN)/python -m tests.deploy.preview

schemas: $(VENV)/run.ready ## write the JSON schemas of messages and watchlists to docs/schemas
	$(BIN)/wirewatch schemas docs/schemas

clean: ## remove the environment and what was built; data stays
	rm -rf $(VENV) .tools dist .mypy_cache .ruff_cache

.PHONY: help demo test test-deploy run check bench bench-poller bench-extraction bench-tagger bench-search bench-stories bench-schedule fuzz feedparser-suite chaos chaos-alerts quality fit lock schemas clean
