# Every target does the set-up it needs by itself; a second run takes seconds. See `make help`.
#
#   PYTHON=python3.12   another Python (3.11 or later)
#   DATABASE_URL=...    another PostgreSQL server; otherwise the project runs one of its own
#   ARGS=...            for test: passed on to pytest
#   WORKERS=...         for test: how many tests run side by side (default: one per core, 4 at most)

PYTHON ?= python3
export PYTHON

WORKERS ?= $(shell cores=$$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 1); echo $$((cores < 4 ? cores : 4)))

BIN := .venv/bin
MAKEFLAGS += --no-print-directory

.DEFAULT_GOAL := help
.PHONY: help setup environment demo test lint format bench lock clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: environment ## Install what is missing; start the database; bring schema and roles up to date
	@$(BIN)/python -m store migrate
	@$(BIN)/python -m store roles

# What the tools and the tests need. The tests start a database server of their own.
environment:
	@dev/install-system-packages
	@dev/make-environment

demo: setup ## From the roster to canonical tables, over a small web on this machine
	@$(BIN)/python -m replica.demo

test: environment ## Run the tests (ARGS="tests/store -k roles" for some of them)
	@$(BIN)/python -m pytest --numprocesses $(WORKERS) --dist loadfile $(ARGS)

lint: environment ## Check style and types: ruff, mypy --strict, scrapy-lint
	@failed=0; \
	for check in "ruff check ." "ruff format --check ." mypy scrapy-lint; do \
		$(BIN)/$$check || failed=1; \
	done; \
	exit $$failed

format: environment ## Rewrite the code in the project's format
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

bench: setup ## Measure the parts that must be fast
	@$(BIN)/python -m bench

lock: environment ## Pin the dependencies of pyproject.toml anew in requirements.lock
	@$(BIN)/uv pip compile --quiet --upgrade --generate-hashes --universal --python-version 3.11 \
		--all-extras --no-emit-index-url --no-header pyproject.toml -o requirements.lock

clean: ## Stop what was started and remove what was made, databases included
	@dev/clean
