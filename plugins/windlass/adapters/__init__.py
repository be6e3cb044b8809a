"""Ports made real: ``adapters/<port>/<vendor>.py``, one vendor a file, none importing another.

Every adapter is made as ``Adapter(settings, root=folder, connect=connections_by_id)`` and is found
through :mod:`windlass.adapters.registry`. Relative paths in its settings start at ``root``.

Two attributes tell the ledger how far an adapter can be trusted about the past:

* ``visible_within``: seconds after which a call that happened can be found for certain.
* ``deadline``: seconds after which a call that changes the world has ended, one way or the other.
"""
