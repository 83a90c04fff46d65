# Two commands are enough: `make run` and `make test`. `make help` explains the others.
# Needs Python 3.11 or newer, make, and nothing else; everything is installed into .venv.

PYTHON ?= python3
PIP_FLAGS ?= --quiet
# For torch alone, such as --index-url with the address of a package index of CPU builds.
TORCH_FLAGS ?=
TESTS ?= tests
PYTEST_FLAGS ?= --numprocesses=auto --dist=loadfile --no-loadscope-reorder
COMMUNE ?= hoa-tien
PLACE ?=
OUT ?= posters
QUESTIONS ?= tests/evaluation/test.jsonl
REPORT ?= evaluation
DATA ?=
SEED ?= 1

# One thread for each library: with two, numbers are slower on machines of two cores.
export OMP_NUM_THREADS ?= 1
export OPENBLAS_NUM_THREADS ?= 1
export MKL_NUM_THREADS ?= 1
export TOKENIZERS_PARALLELISM ?= false
export PIP_DISABLE_PIP_VERSION_CHECK = 1

BIN := .venv/bin
DONE := .venv/installed
PIP := $(BIN)/python -m pip install $(PIP_FLAGS) --constraint constraints.txt
PINS := pyproject.toml constraints.txt

# The value of a setting, from the environment or .env.
setting = $(or $($(1)),$(shell sed -nE "s/^[[:space:]]*(export[[:space:]]+)?$(1)[[:space:]]*=[[:space:]]*[\"']?([^\"'\#[:space:]]*).*/\2/p" .env 2>/dev/null | tail -n 1))
CHOSEN = $(if $(call setting,EMBEDDING_MODEL)$(call setting,RERANKER_MODEL),$(DONE)/models) \
	$(if $(call setting,WHISPER_MODEL),$(DONE)/voice) \
	$(if $(call setting,CHAT_MODEL),$(DONE)/chat) \
	$(if $(filter %.onnx,$(call setting,VOICE)),$(DONE)/piper)

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:
.PHONY: help setup setup-dev run ingest poster bench evaluate train test test-all lint check fix lock clean

help: ## Explain every target
	@echo "Hỏi Xã. Usage: make TARGET"
	@sed -nE 's/^([a-z-]+):[^#]*## (.*)/\1\t\2/p' Makefile | while IFS="$$(printf '\t')" read -r name text; do \
		printf '  %-10s %s\n' "$$name" "$$text"; done

setup: $(DONE)/core $(CHOSEN) ## Install the service, and what the settings ask for, into .venv

setup-dev: $(DONE)/dev ## Install everything, with torch, for tests and checks

run: setup ## Load the content and serve on port 8000 (Ctrl+C stops)
	@$(BIN)/hoixa ingest
	@exec $(BIN)/hoixa serve

ingest: setup ## Load changed content into the database and the index
	@$(BIN)/hoixa ingest

poster: setup ## Draw a poster: make poster COMMUNE=hoa-tien PLACE="Quầy 3" [OUT=posters]
	@$(BIN)/hoixa poster "$(COMMUNE)" --place "$(PLACE)" --out "$(OUT)"

bench: setup ## Measure answers a second, latency, start-up, memory, and the dashboard's queries
	@$(BIN)/python tests/bench.py
	@$(BIN)/python tests/bench_insights.py

evaluate: setup ## Measure the answers: [QUESTIONS=tests/evaluation/test.jsonl] [REPORT=evaluation]
	@$(BIN)/hoixa evaluate $(foreach file,$(QUESTIONS),--questions $(file)) --variants --fresh --out "$(REPORT)"

train: setup-dev ## Train the embedding, the restorer and all weights anew: make train DATA=folder [SEED=1]
	@$(BIN)/python -m ingest.training "$(DATA)" --seed "$(SEED)" --questions tests/evaluation/development.jsonl
	@$(BIN)/python -m app.training

test: setup-dev ## Run the tests that this machine can run: [TESTS=tests/qr] [PYTEST_FLAGS=-x]
	@$(BIN)/pytest -m "not thorough" $(PYTEST_FLAGS) $(TESTS)

test-all: setup-dev ## Run those too that take long: every page, every record, a kill at every moment
	@$(BIN)/pytest $(PYTEST_FLAGS) $(TESTS)

lint: setup-dev ## Check format, style, types, import contracts, README tables and content
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/cog --check --check-fail-msg='Run "make fix".' -P README.md .env.example
	$(BIN)/hoixa knowledge check

check: lint test-all ## Everything: lint, then every test

fix: setup-dev ## Mend format, import order, README tables and COVERAGE.md
	$(BIN)/ruff check --fix
	$(BIN)/ruff format
	$(BIN)/cog -r -P README.md .env.example
	$(BIN)/hoixa knowledge coverage

lock: $(DONE)/venv ## Renew constraints.txt with the newest releases that pyproject.toml admits
	$(BIN)/python -m pip install $(PIP_FLAGS) --dry-run --ignore-installed --report .venv/locked.json \
		$(TORCH_FLAGS) torch==$(TORCH) '.[dev,models,voice,chat,speak,piper,training]'
	$(BIN)/python -m pip install $(PIP_FLAGS) --dry-run --ignore-installed --report .venv/locked-whisper.json \
		--no-deps openai-whisper
	@$(BIN)/python -c "$$WRITE_CONSTRAINTS" .venv/locked.json .venv/locked-whisper.json

clean: ## Remove .venv and caches; keeps data
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .import_linter_cache build dist

# The release of torch that is tested. `make lock` keeps it; to change it: make lock TORCH=2.14.1
TORCH ?= $(shell sed -n 's/^torch==//p' constraints.txt)

define WRITE_CONSTRAINTS
import json, pathlib, re, sys
path = pathlib.Path("constraints.txt")
header = [line for line in path.read_text().splitlines() if line.startswith("#")]
pins = {}
for report in sys.argv[1:]:
    for found in json.load(open(report))["install"]:
        name = re.sub(r"[-_.]+", "-", found["metadata"]["name"]).lower()
        pins[name] = found["metadata"]["version"].split("+")[0]
del pins["hoixa"]
path.write_text("\n".join([*header, *(f"{name}=={pins[name]}" for name in sorted(pins))]) + "\n")
endef
export WRITE_CONSTRAINTS

# An environment made elsewhere (the folder was copied or moved), or whose Python is gone, is made again.
PLACE_NOW := $(CURDIR)
ifneq ($(shell $(BIN)/python -c '' 2>/dev/null && cat $(DONE)/venv 2>/dev/null),$(PLACE_NOW))
.PHONY: $(DONE)/venv
endif

$(DONE)/venv:
	@command -v $(PYTHON) >/dev/null || { \
		echo "$(PYTHON) was not found. Install Python 3.11 or newer."; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "$$($(PYTHON) --version) is too old: Python 3.11 or newer is needed."; \
		echo "Name another one with: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
		echo "This Python lacks venv. On Debian and Ubuntu: apt install python3-venv"; exit 1; }
	@echo "Making .venv …"
	@$(PYTHON) -m venv --clear .venv
	@mkdir -p $(DONE)
	@echo "$(PLACE_NOW)" > $@

$(DONE)/core: $(DONE)/venv $(PINS)
	@echo "Installing the service into .venv; this takes some minutes, once …"
	@$(PIP) --editable '.[speak]'
	@touch $@

$(DONE)/torch: $(DONE)/venv constraints.txt
	@echo "Installing torch …"
	@$(PIP) $(TORCH_FLAGS) torch
	@touch $@

$(DONE)/models: $(DONE)/core $(DONE)/torch
	@echo "EMBEDDING_MODEL is set: installing sentence-transformers …"
	@$(PIP) --editable '.[models]'
	@touch $@

# --no-deps: openai-whisper asks for triton, 1 GB that it does not need on a CPU.
$(DONE)/voice: $(DONE)/core $(DONE)/torch
	@echo "WHISPER_MODEL is set: installing openai-whisper …"
	@$(PIP) --editable '.[voice]'
	@$(PIP) --no-deps openai-whisper
	@touch $@

$(DONE)/chat: $(DONE)/core
	@echo "CHAT_MODEL is set: installing langchain-openai …"
	@$(PIP) --editable '.[chat]'
	@touch $@

$(DONE)/piper: $(DONE)/core
	@echo "VOICE is a Piper voice: installing Piper …"
	@$(PIP) --editable '.[piper]'
	@touch $@

$(DONE)/dev: $(DONE)/venv $(DONE)/torch $(PINS)
	@echo "Installing the service, its extras and the tools; this takes some minutes, once …"
	@$(PIP) --editable '.[dev,models,voice,chat,speak,piper,training]'
	@$(PIP) --no-deps openai-whisper
	@touch $(DONE)/core $(DONE)/models $(DONE)/voice $(DONE)/chat $(DONE)/piper $@
