"""What people do to a release in Airflow, written to the ledger as they do it.

Runs in the API server, as the middleware of every request. It never trusts a task state, and it
never breaks Airflow's API: a bug in it is logged, reads pass, and writes to a release are refused
with 503 rather than done unseen. What goes to Airflow's database directly (``airflow tasks …`` on
the command line) it does not see.
"""
