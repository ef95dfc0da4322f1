# `make` runs every check that .ci/run runs, in the environment .venv (CONTRIBUTING.md says how to set it up).

BIN ?= .venv/bin

# The checks beside the tests. .ci/run reads this list, so a new check is one word here and one target below.
CHECKS := format-check lint types imports

.PHONY: all test ci format list-checks $(CHECKS)

all: $(CHECKS) test

format-check:
	$(BIN)/ruff format --check .

lint:
	$(BIN)/ruff check .

types:
	$(BIN)/mypy

imports:
	$(BIN)/lint-imports --no-logo

test:
	$(BIN)/python -m pytest

# Rewrites files: format, and what the linter can mend by itself.
format:
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# All of it from nothing, in a copy of the checkout with an environment of its own.
ci:
	.ci/run

list-checks:
	@echo $(CHECKS)
