"""The release pages inside Airflow: read from the ledger, rendered on the server.

Runs in the API server only. Every route takes Airflow's logged-in user; who may see a release is
who may read its DAG, and who may answer or use a verb is decided by the same code as everywhere.
"""
