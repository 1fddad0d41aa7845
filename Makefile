# rdstats: every target sets up what it needs in .venv; nothing else on the machine is touched.
# A fresh machine needs Python 3.11 or newer with venv, and make.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check

.DEFAULT_GOAL := help

.PHONY: help demo test test-slow test-heavy test-wheel docs check golden fixtures simulation bench-training bench-masks bench-analysis bench-import bench-paper bench-report bench-growth clean

help: ## Say what there is to make
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: $(VENV)/installed-train ## Train 30 models on real images, prune them four ways, leave demo/report/index.html
	$(BIN)/rdtrain demo --out demo
	$(BIN)/rdstats report demo/recall.parquet --out demo/report

test: $(VENV)/installed-dev check ## Set up, check the code, run the tests (slow proofs left out)
	$(BIN)/python -m pytest -m "not slow" --numprocesses 2 --dist loadfile

test-slow: $(VENV)/installed-dev ## The proofs that take minutes: kills at random, simulated false alarms
	$(BIN)/python -m pytest -m slow

test-heavy: $(VENV)/installed-dev ## Run the guides of large libraries as written (installs Keras, transformers, ... into .venv-heavy)
	test -x .venv-heavy/bin/python || $(PYTHON) -m venv .venv-heavy
	.venv-heavy/bin/python -m pip --disable-pip-version-check install --quiet --editable ".[train]" pytest hypothesis --requirement tests/fixtures/requirements.txt
	.venv-heavy/bin/python -m pytest -m heavy tests/end_to_end/test_guides.py

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

bench-training: $(VENV)/installed-train ## LeNet5 training beside a ShrinkBench-style loop (needs Fashion-MNIST)
	$(BIN)/python benchmarks/training_against_shrinkbench_loop.py

bench-masks: $(VENV)/installed-train ## Scores and masks beside ShrinkBench-style numpy
	$(BIN)/python benchmarks/masks_against_shrinkbench.py

bench-analysis: $(VENV)/installed-dev ## Slopes, conditions and tests beside a loop of statsmodels and pingouin calls
	$(BIN)/python benchmarks/analysis_against_loop.py

bench-import: $(VENV)/installed-train ## Fifty million predictions beside pandas
	$(BIN)/python benchmarks/import_predictions.py

bench-paper: $(VENV)/installed-dev ## All tables and figures of the paper's full design, timed
	$(BIN)/python benchmarks/paper_tables.py

bench-report: $(VENV)/installed-dev ## The report of the paper's full design, seconds by kind of step
	$(BIN)/python benchmarks/report_of_full_design.py

bench-growth: $(VENV)/installed-dev ## Cost as rows and models grow, as docs/growth.csv and docs/growth.svg
	$(BIN)/python benchmarks/growth.py

clean: ## Remove what the other targets made
	rm -rf $(VENV) .venv-heavy build demo dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

# The files' dates are the state: pip runs again when the requirements change, not before.
$(VENV)/installed-train: pyproject.toml constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(PIP) install --quiet --constraint constraints.txt --editable ".[train]"
	@touch $@

$(VENV)/installed-dev: pyproject.toml constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(PIP) install --quiet --constraint constraints.txt --editable ".[dev]"
	@touch $@ $(VENV)/installed-train
