# Every command that people and CI use. `make` alone lists the targets.

PYTHON ?= python3.11
VENV ?= .venv
# The CPU wheels of torch. A mirror of this index may stand here; requirements/torch.lock admits no CUDA build from anywhere.
TORCH_INDEX ?= https://download.pytorch.org/whl/cpu
# More of pytest's own options, such as ARGS="-k wire -x".
ARGS ?=
UPGRADE ?=
# Rows of each open set that `make eval` measures on; empty for all of them.
SAMPLE ?= 1000
UV_VERSION := 0.13.9

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

PY := $(VENV)/bin/python
COUNTERCLAIM := $(VENV)/bin/counterclaim
PIP := $(PY) -m pip install -qq --disable-pip-version-check --no-deps
EXAMPLES := $(sort $(wildcard examples/*))
DEMO_DB := build/demo.db

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# --- installation -----------------------------------------------------------------------------------------------------------

.PHONY: install
install: $(VENV)/.dev ## make .venv from the lock files, with the tools for development
.PHONY: runtime
runtime: $(VENV)/.run ## make .venv with what running needs and no more (the Docker image's)
.PHONY: libraries
libraries: $(VENV)/.libraries

$(VENV)/.torch: requirements/torch.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "counterclaim needs Python 3.11 or newer as PYTHON; $(PYTHON) is not that." >&2; exit 1; }
	@test -x $(PY) || $(PYTHON) -m venv $(VENV)
	@echo "Installing torch for the CPU (about 190 MB)" >&2
	@$(PIP) --require-hashes --retries 2 --timeout 30 --index-url $(TORCH_INDEX) -r requirements/torch.lock || \
		{ echo "No CPU build of torch came from $(TORCH_INDEX): set TORCH_INDEX to a mirror of it." >&2; exit 1; }
	@rm -rf $(VENV)/lib/python3*/site-packages/torch/include $(VENV)/lib/python3*/site-packages/torch/test # C++ only, 145 MB
	@touch $@

$(VENV)/.libraries: $(VENV)/.torch requirements/run.lock
	@echo "Installing the libraries of requirements/run.lock (about 250 MB)" >&2
	@$(PIP) --require-hashes -r requirements/run.lock
	@touch $@

$(VENV)/.run: $(VENV)/.libraries pyproject.toml
	@$(PIP) --no-index --no-build-isolation --editable .
	@touch $@

$(VENV)/.dev: $(VENV)/.run requirements/dev.lock
	@echo "Installing the tools of requirements/dev.lock" >&2
	@$(PIP) --require-hashes -r requirements/dev.lock
	@touch $@

.PHONY: lock
lock: ## write the lock files anew from pyproject.toml; UPGRADE=--upgrade takes the newest releases
	@test -x build/lock/bin/uv || { $(PYTHON) -m venv build/lock && build/lock/bin/pip install -qq uv==$(UV_VERSION); }
	@build/lock/bin/uv pip compile -q $(UPGRADE) pyproject.toml -o requirements/run.lock
	@build/lock/bin/uv pip compile -q $(UPGRADE) pyproject.toml --extra dev -c requirements/run.lock -o requirements/dev.lock

# What is fetched from npm: name-version, the sha256 of its archive, then each file as "from:to".
UPLOT := uplot-1.6.32 4b8a8191e425658e3ea8c8c1314b0fc679c861ee3a1af2b20c7b16ba50b5133d \
	dist/uPlot.iife.min.js:service/web/static/vendor/uplot.js dist/uPlot.min.css:service/web/static/vendor/uplot.css \
	LICENSE:service/web/static/vendor/uplot.LICENSE.txt
AXE := axe-core-4.14.1 e6b0ce02b84d892e2e33e403485e7f3d6c29e2be6df65daf44d89ba564139745 \
	axe.min.js:tests/web/vendor/axe.min.js LICENSE:tests/web/vendor/axe.LICENSE.txt

.PHONY: vendor
vendor: ## fetch the chart library and axe-core from npm, at their pinned versions and hashes
	@.ci/vendor $(UPLOT)
	@.ci/vendor $(AXE)

# --- running ----------------------------------------------------------------------------------------------------------------

.PHONY: demo
demo: $(VENV)/.dev ## ingest the sample articles and print the contradictions in them
	@mkdir -p build && rm -f $(DEMO_DB)*
	@$(COUNTERCLAIM) --db sqlite:///$(DEMO_DB) ingest $(EXAMPLES)
	@$(COUNTERCLAIM) --db sqlite:///$(DEMO_DB) contradictions

.PHONY: serve
serve: $(VENV)/.dev ## start the API on the loopback address, on the ledger in ledger.db
	@$(COUNTERCLAIM) serve

.PHONY: seeds
seeds: $(VENV)/.dev ## print what is flagged in the raw articles of COUNTERCLAIM_SEEDS, and run the acceptance test on them
	$(PY) -m eval seeds
	$(PY) -m pytest -rs tests/acceptance $(ARGS)

# --- checking ---------------------------------------------------------------------------------------------------------------

.PHONY: check
check: $(VENV)/.dev ## lint, format, types, imports, dependencies, and no leaks
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy
	$(VENV)/bin/lint-imports
	$(VENV)/bin/deptry .
	.ci/leaks

.PHONY: test
test: $(VENV)/.dev ## run every test
	$(PY) -m pytest $(ARGS)

.PHONY: test-web
test-web: $(VENV)/.dev ## run the tests of the review desk alone, in headless Chromium where there is one
	COUNTERCLAIM_TEST_CHROMIUM=$${COUNTERCLAIM_TEST_CHROMIUM:-$$(command -v chromium || true)} $(PY) -m pytest -rs tests/web $(ARGS)

.PHONY: pictures
pictures: $(VENV)/.dev ## take the pictures of the review desk anew, into docs/images
	@mkdir -p docs/images
	COUNTERCLAIM_TEST_CHROMIUM=$${COUNTERCLAIM_TEST_CHROMIUM:-$$(command -v chromium || true)} \
		COUNTERCLAIM_PICTURES=$(CURDIR)/docs/images $(PY) -m pytest tests/web/test_pictures.py

# --- measuring --------------------------------------------------------------------------------------------------------------

.PHONY: eval
eval: $(VENV)/.dev ## measure everything, SAMPLE rows of each open set, into docs/report; it goes on where it stopped
	$(PY) -m eval all --out docs/report $(if $(SAMPLE),--sample $(SAMPLE)) $(ARGS)

.PHONY: gate
gate: $(VENV)/.dev ## measure the fast part on our own sets and hold it against eval/baseline.json
	$(PY) -m eval all --fast --out build/report-fast
	$(PY) -m eval gate build/report-fast --mode fast

.PHONY: bench
bench: $(VENV)/.dev ## time and size of this installation against the limits
	$(PY) -m eval.speed

.PHONY: soak
soak: $(VENV)/.dev ## feed a server on the loopback address for half an hour and watch its memory
	$(PY) -m eval.soak

.PHONY: openapi
openapi: $(VENV)/.dev ## write docs/openapi.json from the running app's own description
	$(COUNTERCLAIM) openapi > docs/openapi.json

.PHONY: clean
clean: ## remove what was built, all caches and the demo's ledger; .venv and your own ledgers stay
	rm -rf build report *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -not -path './.venv/*' -prune -exec rm -rf {} +
