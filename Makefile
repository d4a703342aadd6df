# make run, make test: everything else they need they set up themselves.
# ARGS passes options on: make run ARGS='--no-airflow', make test ARGS='tests/dags -x'.
MAKEFLAGS += --no-print-directory
PY := .venv/bin/python
ARGS :=
# The slow tests run in CI and where they are asked for: make test SLOW=1.
SLOW := $(filter true,$(CI))

.PHONY: run test lint bench lock messages clean environment help

help:
	@echo 'make run    set up if needed and start everything; Ctrl-C stops it'
	@echo 'make test   set up if needed, check the code, run the tests; SLOW=1 runs the slow ones too'
	@echo 'make lint   the checks alone      make bench  measure'
	@echo 'make lock   resolve the lock files anew (ARGS=--upgrade)'
	@echo 'make messages  bring the translations up to date with the pages'
	@echo 'make clean  remove what was set up and cached, not what was collected'

run:
	@.setup/environment run
	@exec $(PY) -m untagged up $(ARGS)

environment:
	@.setup/environment test

# Every check runs, whatever the one before it said; any that fails fails the whole.
check = echo '== $(1)'; $(PY) -m $(1) || failed="$$failed $(word 1,$(1))";
CHECKS = $(call check,ruff check .) $(call check,ruff format --check .) $(call check,mypy) \
	echo '== lint-imports'; $(PY) -c 'from importlinter.cli import lint_imports_command as main; main()' || failed="$$failed import-linter";
REPORT = [ -z "$$failed" ] || { echo "FAILED:$$failed" >&2; exit 1; }

lint: environment
	@failed=; $(CHECKS) $(REPORT)

test: environment
	@.setup/servers
	@failed=; $(CHECKS) $(call check,pytest -n 2 --dist loadfile --no-loadscope-reorder $(if $(SLOW),,--without-slow) $(ARGS)) $(REPORT)

bench: environment
	$(PY) -m bench $(ARGS)

lock: environment
	@.setup/lock $(ARGS)

# What is new stands there without a translation; what nothing says any more goes.
MARKS := -k msgid -k msgid_about:1c,2 -k say -k sentence -k counted_sentence:1,2
messages: environment
	@.venv/bin/pybabel -q extract -F babel.cfg $(MARKS) --no-wrap --omit-header --sort-output \
		--add-location=never -o .messages.pot .
	@for po in untagged/web/locales/*/LC_MESSAGES/cockpit.po; do \
		language=$$(basename $$(dirname $$(dirname $$po))); \
		.venv/bin/pybabel -q update -i .messages.pot -o $$po -l $$language --no-wrap \
			--no-fuzzy-matching --ignore-obsolete --ignore-pot-creation-date; done
	@rm .messages.pot

clean:
	rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis *.egg-info
