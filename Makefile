# The two commands of the README are `make demo` and `make test`; each does all the set-up it needs.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
UV := UV_PYTHON_DOWNLOADS=never VIRTUAL_ENV=.venv $(BIN)/uv pip
# Where the corpora and the platforms' contracts stand, for the tests that use them.
export TOCSIN_CORPUS ?= ../shared/feeds
export TOCSIN_CONTRACTS ?= ../shared/contracts

.PHONY: demo test setup run check docs format lock bench bench-delivery bench-feeds bench-match chaos simulate

demo: .venv/ready
	@$(BIN)/tocsin demo

test: .venv/ready
	$(BIN)/pytest -n logical --maxprocesses 8 --dist worksteal $(ARGS)

setup: .venv/ready

run: .venv/ready
	$(BIN)/tocsin run

check: .venv/ready
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

docs: .venv/ready
	$(BIN)/python -m bot.commands.page > docs/commands.md

format: .venv/ready
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# SEED=7 names the workload, FULL=1 measures more of it, JSON=FILE writes every figure down.
bench: bench-match bench-feeds bench-delivery

bench-match: .venv/ready .bench/ready
	PYTHONHASHSEED=0 $(BIN)/python -m benchmarks.match

bench-delivery: .venv/ready
	$(BIN)/python -m benchmarks.delivery

bench-feeds: .venv/ready .bench/peers/ready
	PYTHONHASHSEED=0 $(BIN)/python -m benchmarks.feeds

# SEED=7 draws the same harm, DATABASE=sqlite one database, SHORT=1 less harm, JSON=FILE writes every figure down.
chaos: .venv/ready
	$(BIN)/python -m tests.chaos

simulate: .venv/ready
	RUNS=$${RUNS:-3000} $(BIN)/pytest -p no:xdist --durations 2 tests/simulation -k "whatever_happens"

.bench/ready: requirements/bench.txt .venv/ready
	$(UV) install --quiet --require-hashes --no-deps --upgrade --target .bench/texts -r requirements/bench.txt
	@touch $@

# The peers' packages never mix with Tocsin's.
.bench/peers/ready: requirements/peers.txt .venv/ready
	$(BIN)/uv venv --quiet --clear --python $(BIN)/python .bench/peers
	UV_PYTHON_DOWNLOADS=never VIRTUAL_ENV=.bench/peers $(BIN)/uv pip install --quiet --require-hashes -r requirements/peers.txt
	@touch $@

.venv/ready: requirements/uv.txt requirements/dev.txt pyproject.toml hatch_build.py bot/matching/_walk.c bot/feeds/_cut.c
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Tocsin needs Python 3.11 or newer: make PYTHON=/path/to/python3.11")'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements/uv.txt
	$(UV) install --quiet --require-hashes -r requirements/dev.txt
	$(UV) install --quiet --no-deps --no-build-isolation -e .
	@touch $@

# Pins every dependency with its hashes. The files name no index, so they install from whichever one a machine uses.
lock: .venv/ready
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-emit-find-links --python-version 3.11 pyproject.toml -o requirements/run.txt
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-emit-find-links --python-version 3.11 pyproject.toml --extra fulltext -c requirements/run.txt -o requirements/fulltext.txt
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-emit-find-links --python-version 3.11 pyproject.toml --extra fulltext --group dev -c requirements/fulltext.txt -o requirements/dev.txt
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-emit-find-links --python-version 3.11 --no-deps --group bench -o requirements/bench.txt
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-emit-find-links --python-version 3.11 -c requirements/run.txt --group peers -o requirements/peers.txt
