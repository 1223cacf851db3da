# Everything starts from here: a fresh machine needs Python 3.11, make and pip.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV   ?= .venv
BIN     = $(VENV)/bin
READY   = $(VENV)/.ready
WORKERS ?= 2
export PYTHONHASHSEED = 0

.DEFAULT_GOAL := help

$(READY): pyproject.toml constraints.txt setup.py $(wildcard pipeline/parse/wikitext/_scanner*.[ch])
	@test -n "$(PYTHON)" || { echo "Python 3.11 is needed"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $(READY)

.PHONY: setup
setup: $(READY)  ## make the virtual environment with the pinned dependencies

.PHONY: demo
demo: $(READY)  ## the whole job on the bundled sample world: dumps → tables → shards → training → evaluation → report
	$(BIN)/xlmk demo --out demo

.PHONY: test
test: $(READY)  ## the tests with small counts (under 5 minutes on 2 cores)
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n $(WORKERS) --dist worksteal -m "not long" pipeline xlmk_model cli tests

.PHONY: test-long
test-long: $(READY)  ## the tests with full counts, the long ones included
	OMP_NUM_THREADS=1 XLMK_LONG=1 $(BIN)/python -m pytest -n $(WORKERS) --dist worksteal pipeline xlmk_model cli tests

.PHONY: check
check: $(READY)  ## style, types, layers, file sizes
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python scripts/check_house.py

.PHONY: bench
bench: $(READY)  ## the benchmarks: ratios against peers and physical limits in the same run
	$(BIN)/python -m benchmarks

.PHONY: lock
lock:  ## pin what a fresh installation resolves to, into constraints.txt
	rm -rf build/lock && $(PYTHON) -m venv build/lock
	build/lock/bin/python -m pip install --quiet --disable-pip-version-check '.[dev]'
	build/lock/bin/python -m pip freeze | grep -v '^xlmk' | sed 's/+cpu$$//' > constraints.txt

.PHONY: clean
clean:  ## remove the virtual environment, caches and the demo's output
	rm -rf $(VENV) build demo .pytest_cache .mypy_cache .ruff_cache .hypothesis

.PHONY: help
help:  ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12
