# Needs Python 3.11 or later and make; everything else comes as wheels into .venv.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv/bin
# Programs by `python -m`: the scripts in .venv/bin name the folder they were made in, which may be
# elsewhere by now.
PYTHON_HERE := $(VENV)/python
CATALOGUES := $(patsubst %.po,%.mo,$(wildcard locale/*/LC_MESSAGES/*.po))
# What loads the settings and connects to nothing.
NOWHERE := DATABASE_URL=postgres://nowhere/x REDIS_URL=redis://nowhere SECRET_KEY=x

.PHONY: run test soak check format extract bench install messages mutations screenshots

run: .venv/installed messages  ## a working centre with a demo hospital on http://localhost:$(PORT)
	@exec $(PYTHON_HERE) manage.py run

test: install  ## everything, on real servers and in a real browser; PYTEST="-k inbox" for a part
	$(PYTHON_HERE) -m pytest -n 2 --dist worksteal $(PYTEST)

soak: install  ## the faults as long as they last at night (an hour); PYTEST="-k redis" for a part
	SOAK=true $(PYTHON_HERE) -m pytest tests/faults tests/test_plans.py tests/test_benchmarks.py $(PYTEST)

check: install  ## style, types, Django's checks
	$(PYTHON_HERE) -m ruff check
	$(PYTHON_HERE) -m ruff format --check
	$(NOWHERE) $(PYTHON_HERE) -m mypy .
	$(NOWHERE) $(PYTHON_HERE) manage.py check --fail-level WARNING

format: install
	$(PYTHON_HERE) -m ruff check --fix
	$(PYTHON_HERE) -m ruff format

extract: .venv/installed .venv/installed-tools  ## takes the texts of the sources into the catalogues
	$(PYTHON_HERE) -m tests.catalogue

bench: install  ## measures, and writes docs/benchmarks.md
	$(PYTHON_HERE) -m tests.benchmarks

mutations: install  ## takes the guards of the safety rules out in turn: do the tests notice?
	$(PYTHON_HERE) -m tests.mutations

screenshots: install  ## the README's pictures
	$(PYTHON_HERE) -m tests.browser.screenshots

install: .venv/installed .venv/installed-tools messages

messages: $(CATALOGUES)

%.mo: %.po .venv/installed
	$(PYTHON_HERE) -m babel.messages.frontend --quiet compile --input-file $< --output-file $@

.venv/installed: requirements.txt
	@test -n "$(PYTHON)" && $(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Wardbell needs Python 3.11 or later (make PYTHON=/path/to/python3)."; exit 1; }
	@echo "Installing into .venv (only when requirements change) ..."
	@$(PYTHON_HERE) -m pip --version > /dev/null 2>&1 || $(PYTHON) -m venv --clear .venv \
		|| { echo "Python's venv is missing (Debian: apt-get install python3-venv)."; exit 1; }
	@$(PYTHON_HERE) -m pip --disable-pip-version-check install --quiet -r requirements.txt
	@touch $@

.venv/installed-tools: requirements-dev.txt .venv/installed
	@$(PYTHON_HERE) -m pip --disable-pip-version-check install --quiet -r requirements-dev.txt
	@touch $@
