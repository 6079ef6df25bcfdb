# `make demo` and `make test` are all the set-up there is: each installs what is missing first.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help setup demo drill certify prove simulate mutants test apart deployed operated lint unit synth emulated checkov emulator continuity lock clean

export PIPENV_VENV_IN_PROJECT := 1
export PIPENV_IGNORE_VIRTUALENVS := 1
export PIPENV_VERBOSITY := -1
# Without byte code, every start compiles the provider's Python package anew (FACTS 10.2).
unexport PYTHONDONTWRITEBYTECODE
# What is active where make was started is none of the project's business.
unexport VIRTUAL_ENV
unexport PYTHONHOME
unexport PYTHONPATH

BIN := .venv/bin
PIPENV = "$$(sh scripts/pipenv-path "$$(cat build/.python)")"
CHECKOV := .venv-tools/checkov

help: ## show this list
	@sed -n 's/^\([a-z]*\):[^#]*## \(.*\)/  make \1@\2/p' Makefile | awk -F@ '{ printf "%-18s %s\n", $$1, $$2 }'

setup: .venv/.ready node_modules/.ready ## install the Python environment and the pinned cdktf

demo: setup ## deploy both regions into the emulator, take payments, show them, destroy
	@$(BIN)/python -m sandbox.demo

drill: setup ## lose a region in the emulator, in real time, and measure what clients notice; SCENARIO=… for another
	@$(BIN)/python -m sandbox.drill $(SCENARIO)

certify: setup ## with a sandbox account's credentials: deploy, pay, move, release, drill, destroy; BUDGET=10 dollars
	@$(BIN)/python -m sandbox.certify --budget $(or $(BUDGET),10)

prove: setup ## run what takes hours and write docs/proof.md; PART=drills for every scenario in the emulator, alone
	@$(BIN)/python scripts/prove.py $(PART)

simulate: .venv/.ready ## simulate disasters of the shipped code in virtual time; SEEDS=300 FIRST_SEED=4711, or SEED=… alone
	@PYTHONHASHSEED=0 $(BIN)/python -m simulation

mutants: .venv/.ready ## plant faults into the shipped code, each until an invariant of the simulation finds it
	@PYTHONHASHSEED=0 $(BIN)/python -m simulation --mutants

test: ## lint, type-check, run every test
	@$(MAKE) --no-print-directory --jobs=4 lint apart deployed operated

# The three parts of all tests, side by side: one computes, and yields to two that wait for timers of their deployments.
apart deployed operated: SHELL := bash
apart: setup
	@set -o pipefail; nice $(BIN)/pytest tests/unit tests/synth tests/simulated tests/emulated/emulator | sed -u 's/^/apart    | /'
deployed: setup
	@set -o pipefail; $(BIN)/pytest tests/emulated --ignore-glob='*/emulator/*' --ignore-glob='*/operations/*' | sed -u 's/^/deployed | /'
operated: setup
	@set -o pipefail; $(BIN)/pytest tests/emulated/operations | sed -u 's/^/operated | /'

lint: .venv/.ready ## ruff and mypy
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy .

unit: .venv/.ready ## the tests that take seconds and open no sockets, properties on a quarter of the examples
	$(BIN)/pytest tests/unit --hypothesis-profile=quick

synth: setup ## the tests of what is synthesized
	$(BIN)/pytest tests/synth

emulated: setup ## the tests against the emulated AWS
	$(BIN)/pytest tests/emulated

checkov: setup $(CHECKOV)/.ready ## scan what is synthesized for misconfigurations
	$(BIN)/python main.py
	$(CHECKOV)/bin/checkov --config-file .checkov.yaml

emulator: setup ## start the emulated AWS
	@./run emulator

continuity: setup ## move a copy to CDK Terrain, CDKTF's continuation, and compare what it synthesizes
	@$(BIN)/python scripts/continuity.py

lock: build/.python ## lock the dependencies anew, free of any registry's address
	$(PIPENV) lock
	$(BIN)/python scripts/strip_lock.py Pipfile.lock
	npm install --package-lock-only --ignore-scripts --omit-lockfile-registry-resolved --no-audit --no-fund

clean: ## remove what make made, but for the environments
	rm -rf build cdktf.out .pytest_cache .mypy_cache .ruff_cache

# --- What is installed, with a stamp each: a second make does nothing. ---

build/.python: scripts/prerequisites
	@mkdir -p build
	@sh scripts/prerequisites > $@

.venv/.ready: Pipfile.lock scripts/install-python | build/.python
	@sh scripts/install-python "$$(cat build/.python)"
	@touch $@

node_modules/.ready: package-lock.json scripts/install-cdktf | build/.python
	@sh scripts/install-cdktf
	@touch $@

# An environment of its own: checkov's pins stay out of the lock (FACTS 10.9).
$(CHECKOV)/.ready: scripts/checkov-requirements.txt | build/.python
	@"$$(cat build/.python)" -m venv --clear $(CHECKOV)
	@$(CHECKOV)/bin/python -m pip install --quiet --disable-pip-version-check -r scripts/checkov-requirements.txt
	@touch $@
