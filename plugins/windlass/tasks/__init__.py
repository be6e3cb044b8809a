"""What a release does, one coroutine per row of the workflow, without Airflow.

A coroutine gathers through ports, asks :mod:`windlass.decisions`, acts through the ledger's
effects and answers with one of the five results of :mod:`windlass.tasks.results`. It may be run
again at any moment, from any process: everything it needs to know is in the ledger.
"""
