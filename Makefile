# Windlass. Each verb sets up .venv first, once; `make help` lists them.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory --no-builtin-rules

PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready

.PHONY: help demo test check bench deep crash clean setup

help: ## List the verbs
	@echo "make VERB [SETTING=value]"
	@sed -nE 's/^([a-z]+):.*## (.*)$$/  \1\t\2/p' $(MAKEFILE_LIST) | expand -t 12

demo: $(READY) ## Two real releases on a real Airflow, one good and one bad; EXIT=1 ends by itself
	@exec $(BIN)/python -m demo $(if $(EXIT),--exit)

test: $(READY) ## Everything that needs no account; P="tests/ledger" runs a part
	@$(BIN)/python scripts/run_tests.py $(P)

check: $(READY) ## Format, lint, types, import contracts, docs, compose file; P="plugins/windlass/ledger" checks a part
	@scripts/check $(P)

bench: $(READY) ## The tables of benchmarks/
	@exec $(BIN)/python -m benchmarks

deep: $(READY) ## Long searches and oracles: thousands of examples where `make test` takes a few
	@$(BIN)/python scripts/run_tests.py --only deep $(P)

crash: $(READY) ## A thousand processes killed in the middle of releases: N=1000 SEED=1
	@exec $(BIN)/python -m tests.crash --kills $(or $(N),1000) --seed $(or $(SEED),1)

clean: ## Remove what builds, tests and the demo wrote; ALL=1 also removes .venv
	@rm -rf build dist site .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .demo
	@find . -name __pycache__ -type d -not -path './.venv/*' -prune -exec rm -rf {} +
	@$(if $(ALL),rm -rf .venv)

setup: $(READY) ## Only set up .venv

$(READY): pyproject.toml constraints.txt scripts/setup
	@PYTHON="$(PYTHON)" scripts/setup
	@touch $@
