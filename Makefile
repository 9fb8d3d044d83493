# Needs Python 3.11 or later and make; everything else comes as wheels into .venv.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv/bin
CATALOGUES := $(patsubst %.po,%.mo,$(wildcard locale/*/LC_MESSAGES/*.po))
# mypy's Django plugin loads the settings; it connects to nothing.
NOWHERE := DATABASE_URL=postgres://nowhere/x REDIS_URL=redis://nowhere SECRET_KEY=x

.PHONY: run test soak check format bench install messages mutations screenshots

run: .venv/installed messages  ## a working centre with a demo hospital on http://localhost:$(PORT)
	@exec $(VENV)/python manage.py run

test: install  ## everything, on real servers and in a real browser; PYTEST="-k inbox" for a part
	$(VENV)/python -m pytest -n 2 --dist worksteal $(PYTEST)

soak: install  ## the faults as long as they last at night (an hour); PYTEST="-k redis" for a part
	SOAK=true $(VENV)/python -m pytest tests/faults $(PYTEST)

check: install  ## style, types, Django's checks, missing migrations
	$(VENV)/ruff check
	$(VENV)/ruff format --check
	$(NOWHERE) $(VENV)/mypy .
	$(VENV)/python manage.py check --fail-level WARNING
	$(VENV)/python manage.py makemigrations --check --dry-run

format: install
	$(VENV)/ruff check --fix
	$(VENV)/ruff format

bench: install  ## measures, and writes docs/benchmarks.md
	$(VENV)/python -m tests.benchmarks

mutations: install  ## takes the guards of the safety rules out in turn: do the tests notice?
	$(VENV)/python -m tests.mutations

screenshots: install  ## the README's pictures
	$(VENV)/python -m tests.browser.screenshots

install: .venv/installed .venv/installed-tools messages

messages: $(CATALOGUES)

%.mo: %.po .venv/installed
	$(VENV)/pybabel --quiet compile --input-file $< --output-file $@

.venv/installed: requirements.txt
	@test -n "$(PYTHON)" && $(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Wardbell needs Python 3.11 or later (make PYTHON=/path/to/python3)."; exit 1; }
	@echo "Installing into .venv (only when requirements change) ..."
	@test -x $(VENV)/pip || $(PYTHON) -m venv --clear .venv \
		|| { echo "Python's venv is missing (Debian: apt-get install python3-venv)."; exit 1; }
	@$(VENV)/python -m pip --disable-pip-version-check install --quiet -r requirements.txt
	@touch $@

.venv/installed-tools: requirements-dev.txt .venv/installed
	@$(VENV)/python -m pip --disable-pip-version-check install --quiet -r requirements-dev.txt
	@touch $@
