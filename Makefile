# Works on a fresh machine with Python 3.11 or newer; everything is installed into .venv.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PORT ?= 5006

.PHONY: lab app test test-slow coverage benchmarks wheel clean

lab: $(VENV)/installed
	$(BIN)/workbench lab

app: $(VENV)/installed
	$(BIN)/workbench app --port $(PORT)

test: $(VENV)/tests-installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/python -m pytest -n 2 --dist loadgroup

test-slow: $(VENV)/tests-installed
	$(BIN)/python -m pytest -m slow -n 2

coverage: $(VENV)/tests-installed
	rm -rf build/coverage
	COVERAGE_TABLES=build/coverage $(BIN)/python -m pytest -m slow -n 2 tests/models/test_coverage_*.py
	cat tests/models/coverage.md build/coverage/*.md > docs/coverage.md

benchmarks: $(VENV)/tests-installed
	for bench in tests/benchmarks/bench_*.py; do $(BIN)/python $$bench || exit 1; done

wheel: $(VENV)/tests-installed
	$(BIN)/python -m build --wheel

clean:
	rm -rf $(VENV) dist build

$(VENV)/installed: pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet --editable .
	touch $@

$(VENV)/tests-installed: $(VENV)/installed
	$(BIN)/python -m pip install --quiet --editable ".[test]"
	touch $@
