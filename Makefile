# Every command of the project. They need make and Python 3.11 or newer: no root, and no network but the package index.
# Nothing is written outside this folder, so several checkouts may work side by side.

VENV ?= .venv
# The Python to make the virtual environment with; empty = python3, or the newest there is.
PYTHON ?=
# Another ansible-core than requirements/core.txt names, for example: make functional VENV=build/venv-2.20 CORE='==2.20.*'
CORE ?=
# How many test processes.
WORKERS ?= auto
# The Python of a managed host, for make managed-host.
MANAGED_PYTHON ?= python3.8
# How much is measured by make bench: once, quick (minutes), full (half an hour), or long (many hosts, too).
BENCH ?= full
# Arguments for pytest, for example: make unit TESTS='-k redact -vv'
TESTS ?=
# Some checks of a release only, for example: make release-check CHECKS='codespell builder'
CHECKS ?=
# Some tests of ansible-test only, for example: make sanity SANITY='pylint pep8'
SANITY ?=

# Users' own settings of Ansible, of Python and of their language play no part.
unexport ANSIBLE_CONFIG ANSIBLE_INVENTORY ANSIBLE_VAULT_PASSWORD_FILE ANSIBLE_STDOUT_CALLBACK PYTHONPATH PYTHONHOME
export LC_ALL := C.UTF-8
export ANSIBLE_HOME := $(CURDIR)/.ansible
export ANSIBLE_COLLECTIONS_PATH := $(CURDIR)/build/collections
# Compiled code stays out of the sources, and what users keep of it from run to run is kept in the tests, too.
export PYTHONPYCACHEPREFIX := $(CURDIR)/build/compiled
export PATH := $(CURDIR)/$(VENV)/bin:$(PATH)

RUN := $(VENV)/bin/python
PYTEST := $(RUN) -m pytest -n $(WORKERS)
INSTALL := python3 -m tests.tools.venv $(VENV) $(if $(PYTHON),--python '$(PYTHON)') $(if $(CORE),--core '$(CORE)')
PINNED := requirements.txt requirements/core.txt requirements/constraints.txt

.DEFAULT_GOAL := help
.PHONY: help venv tree demo test lint lint-python lint-types lint-yaml lint-ansible lint-docs lint-changelog \
	unit fuzz functional bench trust peers managed-host lowest real test-targets molecule sanity build release-check schemas targets-page new-target settings-page troubleshooting-page site docs-outputs editor browser picture mail-servers packages haraka mutation coverage constraints clean distclean

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1|\2/p' Makefile | while IFS='|' read -r name text; do \
		printf '%-22s %s\n' "$$name" "$$text"; done

venv: $(VENV)/.test $(VENV)/.lint ## the virtual environment (all others make it when they need it)

$(VENV)/.test: requirements/test.txt $(PINNED)
	@echo "installing what the tests need into $(VENV)"
	@$(INSTALL) requirements/test.txt
	@touch $@

$(VENV)/.lint: requirements/lint.txt $(VENV)/.test
	@echo "installing what reads the sources into $(VENV)"
	@$(INSTALL) requirements/lint.txt
	@touch $@

tree: $(VENV)/.test
	@$(RUN) -m tests.tools.tree

demo: tree ## three environments, validated, checked and written; then what a fault looks like (KEEP=1: the mail server stays)
	@$(RUN) examples/demo.py

test: venv ## lint, unit, functional, molecule and sanity, one after the other, and how each went
	@python3 -m tests.tools.stages lint unit functional molecule sanity

lint: lint-python lint-types lint-yaml lint-ansible lint-docs lint-changelog ## ruff, mypy, yamllint, ansible-lint, antsibull

lint-python: $(VENV)/.lint
	$(RUN) -m ruff check .
	$(RUN) -m ruff format --check .

lint-types: $(VENV)/.lint tree
	$(RUN) -m mypy -p ansible_collections.appmail.settings.plugins
	$(RUN) -m mypy tests/conftest.py tests/tools tests/servers tests/oauth tests/peers tests/applications tests/benchmarks tests/integration/real

lint-yaml: $(VENV)/.lint
	$(RUN) -m yamllint --strict .

lint-ansible: $(VENV)/.lint tree
	$(VENV)/bin/ansible-lint --profile production --offline

lint-docs: $(VENV)/.lint tree
	$(VENV)/bin/antsibull-docs lint-collection-docs --plugin-docs --validate-collection-refs all .

lint-changelog: $(VENV)/.lint
	$(VENV)/bin/antsibull-changelog lint

unit: tree ## tests of the parts, each alone
	$(PYTEST) tests/unit $(TESTS)

fuzz: tree ## 200,000 conversations with servers that mean no good, and some that end at each octet
	APPMAIL_FUZZ=$(or $(FUZZ),200000) APPMAIL_CUTS=1 $(PYTEST) tests/unit/plugins/module_utils/_dialogue/test_hostile.py \
		tests/unit/plugins/module_utils/_network/test_cut_off.py $(TESTS)

functional: tree ## tests through real ansible-playbook runs and servers of our own
	$(PYTEST) tests/integration -m "not real" $(TESTS)

# Ratios within one run: what else the machine does hits all that is compared.
bench: tree ## speed, side by side: the role, the check and the gate beside what people use today (BENCH=quick)
	@PYTHONPATH='$(CURDIR):$(ANSIBLE_COLLECTIONS_PATH)' $(RUN) -m tests.benchmarks --size $(BENCH)

trust: tree ## what becomes of odd input, of much work, of situations on hosts and of parts of secrets: a table by kind
	@PYTHONPATH='$(CURDIR):$(ANSIBLE_COLLECTIONS_PATH)' $(RUN) -m tests.tools.trust

peers: tree ## which reasons swaks, smtplib and msmtp tell apart, beside ours (needs swaks and msmtp)
	@PYTHONPATH='$(CURDIR):$(ANSIBLE_COLLECTIONS_PATH)' $(RUN) -m tests.peers

# One process after the other: the tests count what stands in the servers' logs.
real: tree ## the check against Postfix, Dovecot, Exim, OpenSMTPD, sendmail, Courier, Cyrus, nginx and Haraka (root; the first two installed, make mail-servers packages haraka)
	$(RUN) -m pytest tests/integration/real $(TESTS)

# Each application in namespaces of its own, with its real paths and ports; what is not installed is unpacked under build/.
test-targets: tree ## every target with its application: what was rendered read back, sent with, and refused (root; TARGETS='msmtp exim4')
	@PYTHONPATH='$(CURDIR):$(ANSIBLE_COLLECTIONS_PATH)' $(RUN) -m tests.tools.targets $(TARGETS)

# What has a half on the host; all else is the controller's alone.
ON_HOSTS := $(addprefix tests/integration/,adopt host render role test_managed_host.py test_values.py)

# The unit tests on that Python itself, then the plays with their modules run by it.
managed-host: tree ## the managed hosts' half on MANAGED_PYTHON=/path/to/python3.8
	@python3 -m tests.tools.venv build/venv-managed-host requirements/managed-host.txt --managed-host --python '$(MANAGED_PYTHON)'
	build/venv-managed-host/bin/python -m pytest -n $(WORKERS) tests/unit/plugins/module_utils $(TESTS)
	MANAGED_PYTHON='$(MANAGED_PYTHON)' $(PYTEST) $(ON_HOSTS) -m "not real" $(TESTS)

# What asks jsonschema, but for the walks over all targets, which take long and ask it nothing new; then real runs.
ASKS_JSONSCHEMA := $(addprefix tests/unit/,plugins/plugin_utils/_spec plugins/plugin_utils/_judgement schemas policies) \
	tests/integration/validate

lowest: tree ## the lowest jsonschema that is allowed, and the lowest of what it stands on
	@python3 -m tests.tools.venv build/venv-lowest requirements/lowest.txt $(if $(PYTHON),--python '$(PYTHON)')
	build/venv-lowest/bin/python -m pytest -n $(WORKERS) $(ASKS_JSONSCHEMA) \
		--ignore tests/unit/plugins/plugin_utils/_judgement/test_walk.py $(TESTS)

molecule: tree ## the role: converge, once more without a change, verify
	$(VENV)/bin/molecule test --all

sanity: tree ## ansible-test sanity, without ignores, on the installed ansible-core
	$(RUN) -m tests.tools.sanity $(SANITY)

# The same bytes whoever builds it: SOURCE_DATE_EPOCH=SECONDS is the time of all that is in it, or that of the last commit.
build: tree ## the archive for Galaxy, under build/, reproducibly
	@$(RUN) -m tests.tools.archive

build/venv-release/.release: requirements/release.txt requirements/core.txt
	@echo "installing what judges a release into build/venv-release"
	@python3 -m tests.tools.venv build/venv-release $(if $(PYTHON),--python '$(PYTHON)') requirements/release.txt
	@touch $@

release-check: venv tree build/venv-release/.release ## all that a release has to pass: check, version, result, seconds
	@$(RUN) -m tests.tools.release_check $(CHECKS)

schemas: $(VENV)/.test ## schemas/group_vars.schema.json for editors, of the other schemas
	@$(RUN) -m tests.tools.bundle_schemas

new-target: tree ## a folder for an application: APP=ledger, and FROM=its-own-file.ini where there is one
	@$(RUN) -m tests.tools.new_target '$(APP)' --from='$(FROM)' --path='$(DEST)' --format='$(FORMAT)' --dialect='$(DIALECT)' --folder='$(FOLDER)'

targets-page: tree ## docs/targets.md, of the targets
	@$(RUN) -m tests.tools.targets_page

settings-page: tree ## docs/settings.md, of the schemas and the role's defaults
	@$(RUN) -m tests.tools.settings_page

troubleshooting-page: tree ## docs/troubleshooting.md, of the tables that the messages are made of
	@$(RUN) -m tests.tools.troubleshooting_page

docs-outputs: tree ## run the commands in README.md and docs/*.md, and write down what comes back (PAGES='gate.md')
	@$(RUN) -m tests.tools.doc_blocks $(PAGES)

build/venv-site/.made: requirements/site.txt $(PINNED)
	@python3 -m tests.tools.venv build/venv-site requirements/site.txt $(if $(PYTHON),--python '$(PYTHON)')
	@touch $@

site: build/venv-site/.made ## the documentation as a site: build/site/index.html
	@build/venv-site/bin/python -m tests.tools.site

editor: ## the YAML language server, under build/, for the tests that ask it (node and npm)
	@mkdir -p build/npm
	npm install --prefix build/npm --no-save --no-audit --no-fund --loglevel error yaml-language-server@1.25.0

browser: ## what drives Chromium and looks for barriers, under build/, for the tests of the record's page (node and npm)
	@mkdir -p build/browser
	npm install --prefix build/browser --no-save --no-audit --no-fund --loglevel error playwright-core@1.65.1 axe-core@4.14.1

picture: ## docs/record.png, of the page that make demo leaves (make browser, and Chromium)
	@python3 -m tests.tools.picture build/demo/record/email-record.html docs/record.png

# Their packages cannot be installed beside Postfix, and lie unpacked beside it just as well.
mail-servers: ## Exim, OpenSMTPD, sendmail, Courier, Cyrus and nginx, under build/, for the tests that check them (Debian or Ubuntu)
	@python3 -m tests.tools.mail_servers build/mail-servers

packages: ## packages of applications, under build/, for the tests that adopt what they install (Debian or Ubuntu)
	@python3 -m tests.tools.packages

haraka: ## Haraka, under build/, for the tests that check it (node and npm)
	@mkdir -p build/haraka
	npm install --prefix build/haraka --no-save --no-audit --no-fund --ignore-scripts --omit=optional --loglevel error Haraka@3.3.4

# In a clone under build/: what is worked on here stays as it is.
mutation: tree ## faults put into the code: which would no test see (SUBJECTS='quoting' MOST=60; ten to twenty minutes a subject)
	@python3 -m tests.tools.venv build/venv-mutation requirements/mutation.txt
	@build/venv-mutation/bin/python -m tests.tools.mutation --tests-with $(RUN) --most $(or $(MOST),60) $(SUBJECTS)

coverage: tree ## which lines and branches of each file the unit tests reach: a table
	@$(PYTEST) -q tests/unit --cov --cov-report=term $(TESTS)

constraints: venv ## write down the exact versions that are installed
	@{ sed -n '/^#/p' requirements/constraints.txt; $(RUN) -m pip freeze | grep -v '^ansible-core=='; } > build/constraints.txt
	@mv build/constraints.txt requirements/constraints.txt

clean: ## remove what was made, but the virtual environment
	rm -rf build .ansible .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -not -path './$(VENV)/*' -prune -exec rm -rf {} +

distclean: clean ## remove the virtual environment too
	rm -rf '$(VENV)'
