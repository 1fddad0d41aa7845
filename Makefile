# rdstats: every target sets up what it needs in .venv; nothing else on the machine is touched.
# A fresh machine needs Python 3.11 or newer with venv, and make.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check

.DEFAULT_GOAL := help

.PHONY: help demo test test-slow test-heavy test-lowest test-newest test-wheel docs check golden fixtures simulation bench bench-growth clean

help: ## Say what there is to make
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: $(VENV)/installed-train ## Train 30 models on real images, prune them four ways, leave demo/report/index.html
	$(BIN)/rdtrain demo --out demo
	$(BIN)/rdstats report demo --out demo/report

test: $(VENV)/installed-dev check ## Set up, check the code, run the tests (slow proofs left out)
	$(BIN)/python -m pytest -m "not slow" --numprocesses 2 --dist loadfile

test-slow: $(VENV)/installed-dev ## The proofs that take minutes: kills at random, simulated false alarms
	$(BIN)/python -m pytest -m slow

test-heavy: $(VENV)/installed-dev ## Run the guides of large libraries as written (installs Keras, transformers, ... into .venv-heavy)
	test -x .venv-heavy/bin/python || $(PYTHON) -m venv .venv-heavy
	.venv-heavy/bin/python -m pip --disable-pip-version-check install --quiet --editable ".[train]" pytest hypothesis --requirement tests/fixtures/requirements.txt
	.venv-heavy/bin/python -m pytest -m heavy tests/end_to_end/test_guides.py

# Warnings are no errors here: old libraries warn of what new ones will do, and the other way round.
LIBRARIES := -m pytest -o filterwarnings=default -m "not slow" tests/unit tests/properties
TEST_TOOLS := pytest hypothesis pyyaml markdown-it-py

test-lowest: ## The tests with the lowest versions that pyproject.toml allows, in .venv-lowest
	$(PYTHON) -m venv --clear .venv-lowest
	.venv-lowest/bin/python -m pip --disable-pip-version-check install --quiet uv
	.venv-lowest/bin/uv pip compile --quiet --resolution lowest-direct --extra train --python .venv-lowest/bin/python --output-file .venv-lowest/versions.txt pyproject.toml
	.venv-lowest/bin/python -m pip --disable-pip-version-check install --quiet --requirement .venv-lowest/versions.txt $(TEST_TOOLS)
	.venv-lowest/bin/python -m pip --disable-pip-version-check install --quiet --no-deps --editable .
	.venv-lowest/bin/python $(LIBRARIES)

test-newest: ## The tests with the newest version of everything, in .venv-newest; PYTHON=python3.13 chooses the Python
	$(PYTHON) -m venv --clear .venv-newest
	.venv-newest/bin/python -m pip --disable-pip-version-check install --quiet --editable ".[train]" $(TEST_TOOLS)
	.venv-newest/bin/python $(LIBRARIES)

test-wheel: $(VENV)/installed-dev ## Build dist/, and follow docs/start.md in an empty environment that has the wheel alone
	rm -rf dist build/wheel
	$(BIN)/python -m build --no-isolation --outdir dist .
	$(BIN)/twine check --strict dist/*
	$(PYTHON) -m venv build/wheel
	build/wheel/bin/python -m pip --disable-pip-version-check install --quiet --constraint constraints.txt dist/*.whl
	build/wheel/bin/python tests/follow_start.py

docs: $(VENV)/installed-dev ## The site, in build/site; a dead link is an error
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet

check: $(VENV)/installed-dev ## Lint, format, types, and the one-way rule between the rooms
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

golden: $(VENV)/installed-dev ## Make the references that R computes again (needs Rscript)
	bash tests/golden/make_golden.sh

fixtures: ## Make the files of other libraries again, as tests/fixtures/README.md says (installs them)
	sh tests/fixtures/make_all.sh build/fixtures

simulation: $(VENV)/installed-train ## Count false alarms and coverage again, as in docs/simulation.md (minutes; resumes)
	$(BIN)/rdstats simulate --out reports/simulation
	$(BIN)/rdstats simulate --named --out reports/simulation/named-cells
	$(BIN)/rdstats simulate --gate --out reports/simulation/gate
	$(BIN)/rdstats simulate --samples --out reports/simulation/samples

bench: $(VENV)/installed-dev ## The user's work beside named peers, as the table of docs/speed.md (a quarter of an hour)
	$(BIN)/python benchmarks/bench.py --write docs/speed.md

bench-growth: $(VENV)/installed-dev ## Cost as rows and models grow, as docs/growth.csv and docs/growth.svg
	$(BIN)/python benchmarks/growth.py

clean: ## Remove what the other targets made
	rm -rf $(VENV) .venv-* build demo dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

# The files' dates are the state: pip runs again when the requirements change, not before.
$(VENV)/installed-train: pyproject.toml constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(PIP) install --quiet --constraint constraints.txt --editable ".[train]"
	@touch $@

$(VENV)/installed-dev: pyproject.toml constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(PIP) install --quiet --constraint constraints.txt --editable ".[dev]"
	@touch $@ $(VENV)/installed-train
