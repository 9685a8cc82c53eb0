# Two commands for a fresh machine: `make run` and `make test`. Both set up .venv first; a second run starts at once.

PYTHON ?= python3
VENV ?= .venv
ARGS ?=
SECONDS ?= 60
TARGET ?= all
SEED ?=

PY := $(VENV)/bin/python
READY := $(VENV)/.ready
BENCH_READY := $(VENV)/.bench-ready
ROOMS := cleaners flows bench tests

# A pip.conf that says `user = true` or `require-hashes = true` must not break the install into the environment.
export PIP_USER := 0
export PIP_REQUIRE_HASHES := 0
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.DEFAULT_GOAL := help
.PHONY: help run test check format gate fuzz bench bench-accuracy bench-metadata bench-pipelines bench-scale bench-kills freeze clean
.DELETE_ON_ERROR:

help: ## Show what there is
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-15s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: $(READY) ## Clean raw/ into parquet/ (ARGS="..." adds options)
	$(PY) -m flows.clean raw/ --out parquet/ $(ARGS)

test: $(READY) ## Run all tests (ARGS="..." adds options)
	$(PY) -m pytest --numprocesses auto --maxprocesses 4 --dist loadfile $(ARGS)

check: $(READY) ## Format, lint, types
	$(PY) -m ruff format --check .
	$(PY) -m ruff check .
	$(PY) -m mypy $(ROOMS)

format: $(READY) ## Format the code and mend what ruff can mend
	$(PY) -m ruff format .
	$(PY) -m ruff check --fix .

fuzz: $(READY) ## Throw odd input at each room (SECONDS=60 TARGET=html SEED=7)
	$(PY) tests/fuzzing.py --seconds $(SECONDS) --target $(TARGET) $(if $(SEED),--seed $(SEED))

gate: $(READY) ## The accuracy floors (needs COPYDESK_DATA, default ../shared)
	$(PY) -m bench.gate $(ARGS)

bench: $(READY) ## Speed, written into docs/measurements.md
	$(PY) -m bench.speed $(ARGS)

bench-accuracy: $(BENCH_READY) ## Accuracy beside the peers, written into docs/measurements.md
	$(PY) -m bench.accuracy $(ARGS)

bench-metadata: $(BENCH_READY) ## Metadata beside trafilatura's, written into docs/measurements.md
	$(PY) -m bench.metadata $(ARGS)

bench-pipelines: $(VENV)-datatrove/.ready ## Speed beside trafilatura's command and datatrove, written into docs/measurements.md
	$(PY) -m bench.pipelines $(ARGS)

bench-scale: $(READY) ## Many documents, written into docs/measurements.md (ARGS="--documents 1000000")
	$(PY) -m bench.scale $(ARGS)

bench-kills: $(READY) ## Kill 200 runs at random moments, written into docs/measurements.md
	$(PY) -m bench.kills $(ARGS)

clean: ## Remove the environment and caches; what runs made in parquet/ stays
	rm -rf $(VENV) $(VENV)-datatrove build dist *.egg-info .hypothesis .mypy_cache .pytest_cache .ruff_cache
	find $(ROOMS) -name __pycache__ -type d -prune -exec rm -rf {} +

# The stamps are as new as the install they stand for. pip comes first: the one that Python 3.11 brings stumbles over
# an extra that trafilatura's dependency asks for.
$(READY): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(None if (3, 11) <= sys.version_info < (3, 14) else "Copydesk needs Python 3.11 to 3.13, but $(PYTHON) is " + sys.version.split()[0] + ": say which to take with make PYTHON=python3.11")'
	@echo 'Setting up $(VENV): about a minute'
	$(PYTHON) -m venv $(VENV)
	$(PY) -m pip install -qq --upgrade 'pip>=25' 'setuptools>=77'
	$(PY) -m pip install -qq -c constraints.txt -e '.[dev]'
	@touch $@

$(BENCH_READY): $(READY)
	$(PY) -m pip install -qq -c constraints.txt -e '.[dev,bench]'
	@touch $@

# datatrove pins versions that do not go with ours.
$(VENV)-datatrove/.ready: $(READY)
	$(PYTHON) -m venv $(VENV)-datatrove
	$(VENV)-datatrove/bin/python -m pip install -qq --upgrade 'pip>=25'
	$(VENV)-datatrove/bin/python -m pip install -qq 'datatrove[io]==0.10.1' 'trafilatura==2.3.1' lxml_html_clean nltk spacy
	@touch $@

# Makes the exact set anew from the newest releases that pyproject.toml allows. Give it the oldest Python there is, as
# make freeze PYTHON=/path/to/python3.11: some packages drop early 3.11 releases, and the set must hold for those too.
freeze:
	rm -rf $(VENV)-freeze
	$(PYTHON) -m venv $(VENV)-freeze
	$(VENV)-freeze/bin/python -m pip install --quiet --upgrade 'pip>=25' 'setuptools>=77'
	$(VENV)-freeze/bin/python -m pip install --quiet -e '.[dev,bench]'
	{ echo '# The exact set that is tested; pyproject.toml says what is allowed. Regenerate with: make freeze PYTHON=(the oldest 3.11)'; \
	  $(VENV)-freeze/bin/python -m pip freeze --exclude-editable --exclude pip --exclude setuptools; } > constraints.txt
	rm -rf $(VENV)-freeze
