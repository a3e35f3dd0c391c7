# Works on a fresh machine with Python 3.11 or newer; everything is installed into .venv, in the versions of constraints.txt.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PORT ?= 5006

# The constraint is given three times: to the installation, and to the making of this package in older and newer pips.
INSTALL := PIP_CONSTRAINT=constraints.txt PIP_BUILD_CONSTRAINT=constraints.txt \
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt
UV := UV_PYTHON_DOWNLOADS=never $(BIN)/uv --quiet
TEST := -m pytest -n 2 --dist loadgroup

.PHONY: lab app test test-slow test-latest test-oldest update sbom box coverage faults answers workshop messages docs pictures benchmarks results wheel clean

lab: $(VENV)/installed
	$(BIN)/workbench lab

app: $(VENV)/installed
	$(BIN)/workbench app --port $(PORT)

test: $(VENV)/tests-installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/python $(TEST)

test-slow: $(VENV)/tests-installed
	$(BIN)/python -m pytest -m slow -n 2

# The newest versions that pyproject.toml allows, in an environment of their own.
test-latest: $(BIN)/uv
	$(UV) venv --clear --seed --python $(PYTHON) build/latest
	$(UV) pip install --python build/latest/bin/python --upgrade --editable ".[test]"
	build/latest/bin/python $(TEST)

# The lowest ones: the lower bounds of pyproject.toml are what works.
test-oldest: $(BIN)/uv
	$(UV) venv --clear --seed --python $(PYTHON) build/oldest
	$(UV) pip install --python build/oldest/bin/python --resolution lowest-direct --editable ".[test]"
	build/oldest/bin/python $(TEST)

# Tried in November 2026: on Python 3.11 and 3.12 all tests that need no browser were run with these versions, on 3.13
# part of them (all of them with the newest versions); on other systems they are resolved, not run.
# One version of each package for every system and Python; environment.yml repeats the minor ones, as tests/test_environment.py checks.
update: $(BIN)/uv
	$(UV) pip compile --universal --python-version 3.11 --fork-strategy fewest --upgrade --all-extras \
		--no-header --no-annotate --output-file constraints.txt pyproject.toml

# Every package that is installed, with its version and licence, as CycloneDX: build/sbom.json.
sbom: $(VENV)/installed
	$(PYTHON) -m venv build/cyclonedx
	build/cyclonedx/bin/python -m pip install --quiet --disable-pip-version-check cyclonedx-bom
	build/cyclonedx/bin/cyclonedx-py environment --pyproject pyproject.toml --output-reproducible \
		--output-format JSON --output-file build/sbom.json $(BIN)/python

# The publishers' tables that travel with the workbench, from the folder that WORKBENCH_MIRROR names.
box: $(VENV)/installed
	$(BIN)/python -m workbench.sources.make_box

coverage: $(VENV)/tests-installed
	rm -rf build/coverage
	COVERAGE_TABLES=build/coverage $(BIN)/python -m pytest -m slow -n 2 tests/models/test_coverage_*.py
	cat tests/models/coverage.md build/coverage/*.md > docs/coverage.md

faults: $(VENV)/tests-installed
	rm -rf build/faults
	FAULT_TABLES=build/faults $(BIN)/python -m pytest -n 2 tests/*/test_faults_*.py
	LC_ALL=C; cat tests/sources/faults.md build/faults/*/*.md > docs/faults.md

# Of the workshop's exercises, from the solutions: only their hashes travel with the package.
answers: $(VENV)/tests-installed
	$(BIN)/python tests/workshop/make_answers.py

# One page for a USB stick: the course over the synthetic twin, in a browser without anything installed.
workshop: $(VENV)/installed
	mkdir -p dist
	$(BIN)/workbench workshop --html dist/workshop.html

# The catalogues of the languages after a change of messages: new ones stand in them untranslated, old ones leave. Then
# how much is translated, in docs/languages.md.
messages: $(VENV)/tests-installed
	mkdir -p build
	$(BIN)/pybabel --quiet extract --mapping-file pyproject.toml --keyword n_:1,2 --keyword mark --add-location file \
		--sort-by-file --output-file build/workbench.pot .
	for language in nl fr de; do \
		$(BIN)/pybabel --quiet update --domain workbench --input-file build/workbench.pot --output-dir workbench/locale \
			--locale $$language --no-fuzzy-matching --ignore-obsolete --no-wrap --ignore-pot-creation-date || exit 1; \
	done
	$(BIN)/python tests/terms/translated.py

# The documentation as a site, its notebooks executed: build/site/html/docs/index.html
docs: $(VENV)/installed
	$(INSTALL) --editable ".[docs]"
	$(BIN)/python -m sphinx -q -W --keep-going -b html -c docs -D nb_execution_mode=force -d build/site/trees . build/site/html

# The explorer in three sizes, light and dark, in build/pictures (or FOLDER): one folder before a change, another after.
FOLDER ?= build/pictures
pictures: $(VENV)/tests-installed
	WORKBENCH_PICTURES=$(FOLDER) $(BIN)/python -m pytest tests/views/test_pictures.py

# What a reader of the explorer waits for, beside pandas, Polars and DuckDB: tests/benchmarks/results.md
results: $(VENV)/tests-installed
	$(BIN)/python tests/benchmarks/results.py

benchmarks: $(VENV)/tests-installed
	for bench in tests/benchmarks/bench_*.py; do $(BIN)/python $$bench || exit 1; done

wheel: $(VENV)/tests-installed
	$(BIN)/python -m build --wheel

clean:
	rm -rf $(VENV) dist build

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

$(BIN)/uv: | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv

$(VENV)/installed: pyproject.toml constraints.txt | $(BIN)/python
	$(INSTALL) --editable .
	touch $@

$(VENV)/tests-installed: $(VENV)/installed
	$(INSTALL) --editable ".[test]"
	touch $@
