# Everything one does here is a target. Nothing has to be set or installed first but Python 3.11 or newer, git and make.

VENV := .venv
PYTHON := $(VENV)/bin/python
# A file named after what is installed: when the requirements change, so does the name, and make installs again.
INSTALLED := $(VENV)/.installed-$(shell cksum < requirements.txt | tr -d ' ')
INSTALLED_DEV := $(VENV)/.installed-dev-$(shell cat requirements.txt requirements-dev.txt | cksum | tr -d ' ')
CATALOGUES := $(patsubst %.po,%.mo,$(wildcard locale*/*/LC_MESSAGES/*.po))
PIP := $(PYTHON) -m pip --disable-pip-version-check --quiet install

.PHONY: help run demo seed test bench outages fast lint format hooks measures picture migrate messages
.DEFAULT_GOAL := help

help:
	@echo "make run       install, load the demo, run one export end to end, then serve the pages until Ctrl-C"
	@echo "make demo      only that run; exits 0 when every valid profile reached the list"
	@echo "make seed      make run, with an export in each state: failed, late, paused, refused … (DATABASE=postgres://… for a source there)"
	@echo "make test      every test, also in a browser and on PostgreSQL where there is one"
	@echo "make bench     a million profiles beside a bare loop, as one table (N=20000 for a quick look; ONLY=narrow,postgresql)"
	@echo "make outages   what the product says after outages beside what is so, as one table (ONLY=kills; about an hour)"
	@echo "make fast      the quick half of the tests: no browser, no PostgreSQL, no pages; about a minute"
	@echo "make lint      style, types, direction of imports, settings for production, migrations"
	@echo "make format    bring Python and templates into their form"
	@echo "make hooks     look at the same before each commit and push"
	@echo "make measures  numbers about the code: what Run now goes through, circles, sizes (nothing is refused for them)"
	@echo "make picture   draw docs/pictures/floors.svg from the imports"
	@echo "make migrate   bring the database up to date"
	@echo "make messages  collect the texts to translate, and compile the translations"

run: $(INSTALLED) $(CATALOGUES) migrate
	@$(PYTHON) manage.py demo --serve

demo: $(INSTALLED) $(CATALOGUES) migrate
	@$(PYTHON) manage.py demo

# DATABASE=postgres://user:password@host/name adds a source whose profiles are in a table there.
seed: $(INSTALLED) $(CATALOGUES) migrate
	@$(PYTHON) manage.py demo --states --serve --database "$(DATABASE)"

test: $(INSTALLED_DEV) $(CATALOGUES)
	@PYTHON=$(PYTHON) tests/run

# Chosen by tests/conftest.py.
fast: $(INSTALLED_DEV) $(CATALOGUES)
	@$(PYTHON) -m pytest -n $(or $(TEST_WORKERS),2) -m fast --ignore=tests/ui --ignore=tests/sandbox

# N=20000, N5=1, ONLY=narrow,kill and KEEP=1: see bench/__main__.py.
bench: $(INSTALLED) $(CATALOGUES)
	@$(PYTHON) -m bench

# ONLY=kills,network_blips, ROUNDS=0.2, SEED=7, SERVICE=module:Class and KEEP=1: see tests/outage/options.py.
outages: $(INSTALLED_DEV) $(CATALOGUES)
	@$(PIP) -r requirements-s3.txt
	@$(PYTHON) -m tests.outage

# Those that stand in for the theme's and Django's own keep their form, to be compared with them at an upgrade.
TEMPLATES := find templates -name '*.html' -not -path 'templates/admin/*' -not -path 'templates/unfold/*' -print0
DJADE := xargs -0 $(VENV)/bin/djade --target-version 5.2

lint: $(INSTALLED_DEV)
	$(PYTHON) -m ruff check .
	$(PYTHON) -m ruff format --check .
	$(TEMPLATES) | $(DJADE) --check
	$(PYTHON) -m mypy .
	$(VENV)/bin/lint-imports
	$(PYTHON) manage.py makemigrations --check --dry-run
	@echo "manage.py check --deploy, with settings as in production"
	@DEBUG=False BASE_URL=https://exporter.example.com ALLOWED_HOSTS=exporter.example.com \
	    SECRET_KEY="$$($(PYTHON) -c 'import secrets; print(secrets.token_urlsafe(50))')" \
	    FIELD_ENCRYPTION_KEYS="$$($(PYTHON) -c 'from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())')" \
	    CONSTANT_CONTACT_CLIENT_ID=of-the-check CONSTANT_CONTACT_CLIENT_SECRET=of-the-check \
	    EMAIL_URL=smtp://localhost:25 \
	    $(PYTHON) manage.py check --deploy --fail-level WARNING

measures: $(INSTALLED_DEV) $(CATALOGUES)
	@$(PYTHON) -m tests.measures

picture: $(INSTALLED_DEV)
	@$(PYTHON) -m tests.measures.picture

format: $(INSTALLED_DEV)
	$(PYTHON) -m ruff check --select I --fix .
	$(PYTHON) -m ruff format .
	$(TEMPLATES) | $(DJADE)

# No test and no check needs pre-commit, so it is installed only here.
hooks: $(INSTALLED_DEV)
	@$(PIP) pre-commit==4.7.0
	@$(VENV)/bin/pre-commit install

migrate: $(INSTALLED)
	@$(PYTHON) manage.py migrate --verbosity 0

messages: $(INSTALLED)
	@$(PYTHON) manage.py make_messages
	@$(PYTHON) manage.py compile_catalogues

%.mo: %.po | $(INSTALLED)
	@$(PYTHON) manage.py compile_catalogues
	@touch $@

$(INSTALLED): | $(PYTHON)
	@echo "Installing the libraries (once; about half a minute) …"
	@$(PIP) -r requirements.txt
	@touch $@

$(INSTALLED_DEV): | $(PYTHON)
	@echo "Installing the libraries and what the tests need (once; about a minute) …"
	@$(PIP) -r requirements-dev.txt
	@touch $@ $(INSTALLED)

$(PYTHON):
	@./bin/make-venv $(VENV)
