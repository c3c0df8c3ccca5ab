# planwise. `make help` says what there is. Needs Python 3.11 or later, and no network but the package index.
# Everything is installed into .venv, from lock files, with hashes; paths are relative, so that a checkout may have blanks in its own.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.SUFFIXES:
.PHONY: help export test test-slow year lint build docs bench lock clean
SHELL := /bin/sh

SOURCE ?= seeds/sample_design_matrix.csv
BIN := .venv/bin
# tests and docs build in a home of their own: the warehouse in ./var belongs to the user
SCRATCH := PLANWISE_HOME=target/home
# the bundled sample was written on this day; counted from any later one its rows would grow too old to export (rule S05)
SAMPLE_DAY := 2026-11-22
ifeq ($(SOURCE),seeds/sample_design_matrix.csv)
export PLANWISE_AS_OF ?= $(SAMPLE_DAY)
endif

# uv trusts what the system trusts, as pip does behind a company's proxy
export UV_SYSTEM_CERTS := 1
export UV_PYTHON_DOWNLOADS := never
export PIP_DISABLE_PIP_VERSION_CHECK := 1

help:  ## this list
	@echo "planwise: retirement-plan designs in, engine-ready documents out"
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-10s %s\n", $$1, $$2}' Makefile

export: .venv/.installed  ## the main job on the bundled sample (SOURCE=path: on another Design Matrix); 'partial' is a success
	@"$(BIN)/planwise-export" run "$(SOURCE)"; status=$$?; [ $$status -eq 3 ] || exit $$status

test: .venv/.installed-dev lint build  ## everything but the slow tests: lint, dbt build, pytest
	@"$(BIN)/python" -m pytest -m "not slow" -n 3 --dist loadfile --no-loadscope-reorder

test-slow: .venv/.installed-dev  ## the tests that take minutes
	@"$(BIN)/python" -m pytest -m slow

year: .venv/.installed-dev  ## play a year of twelve loads: edits, deletions, bad columns, a state rolled back (SEED=n: another one)
	@"$(BIN)/python" -m tests.e2e.year --seed $(or $(SEED),2026)

lint: .venv/.installed-dev  ## ruff, mypy, sqlfluff
	@"$(BIN)/ruff" check .
	@"$(BIN)/ruff" format --check .
	@"$(BIN)/mypy"
	@"$(BIN)/sqlfluff" lint --processes 2 --disable-progress-bar models tests/dbt

build: .venv/.installed  ## dbt build on the sample, in target/home
	@mkdir -p target/home
	@$(SCRATCH) DESIGN_MATRIX= "$(BIN)/dbt" --quiet build

docs: .venv/.installed-dev build  ## regenerate the generated pages, and target/static_index.html from the models' descriptions
	@$(SCRATCH) "$(BIN)/dbt" --quiet docs generate --static
	@"$(BIN)/python" -m docs.generate

bench: .venv/.installed-bench  ## speed beside its peers, up to all US plans (BENCH=--quick: in minutes); the table goes to bench/out
	@"$(BIN)/python" -m bench.run_bench $(BENCH)

lock: .venv/.bootstrapped  ## resolve the dependencies of pyproject.toml again (UPGRADE=--upgrade: to their newest versions)
	@compile() { "$(BIN)/uv" pip compile --quiet $(UPGRADE) --no-strip-extras --generate-hashes --universal --python-version 3.11 \
		--annotation-style line --custom-compile-command "make lock" "$$@" >/dev/null; }; \
	compile pyproject.toml -o requirements.lock && \
	compile --extra dev -c requirements.lock pyproject.toml -o requirements-dev.lock && \
	compile --extra dev --extra bench -c requirements-dev.lock pyproject.toml -o requirements-bench.lock && \
	printf 'setuptools>=77\nuv\n' | compile - -o requirements-bootstrap.lock

clean:  ## remove what was installed and built; ./var and ./out stay, they hold the clients' lasting references
	rm -rf .venv target logs build planwise.egg-info bench/out .pytest_cache .mypy_cache .ruff_cache .hypothesis

# --- installation: each stamp says that what it depends on is installed

.venv/.bootstrapped: requirements-bootstrap.lock
	@for python in $(PYTHON) python3 python3.11 python3.12 python3.13; do \
		"$$python" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null && break; python=; done; \
	[ -n "$$python" ] || { echo "no Python 3.11, 3.12 or 3.13 on the PATH; name one: make PYTHON=/path/to/python3.11" >&2; exit 1; }; \
	"$$python" -m venv .venv || { echo "on Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; }
	@echo "installing into .venv ..."
	@"$(BIN)/python" -m pip install --quiet --require-hashes -r $< || echo "no uv here; pip does it alone, which takes minutes" >&2
	@touch $@

# uv installs the set in seconds; pip follows where uv can't reach the index (it does not read pip's configuration)
define install
@{ [ -x "$(BIN)/uv" ] && "$(BIN)/uv" pip install --quiet --python "$(BIN)/python" --require-hashes --compile-bytecode -r $<; } \
	|| "$(BIN)/python" -m pip install --quiet --require-hashes -r $<
endef

.venv/.installed: requirements.lock pyproject.toml .venv/.bootstrapped
	$(install)
	@{ [ -x "$(BIN)/uv" ] && "$(BIN)/uv" pip install --quiet --python "$(BIN)/python" --no-build-isolation --no-deps -e .; } \
		|| "$(BIN)/python" -m pip install --quiet --no-deps -e .
	@touch $@

.venv/.installed-dev: requirements-dev.lock .venv/.installed
	$(install)
	@touch $@

.venv/.installed-bench: requirements-bench.lock .venv/.installed-dev
	$(install)
	@touch $@
