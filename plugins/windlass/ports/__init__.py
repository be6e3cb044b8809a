"""What Windlass needs of the outside world: small async protocols and the values they carry.

A method that changes the world is marked :func:`~windlass.ports.effect.changes_the_world`, with
how it is kept from happening twice. Tasks call such methods only through ``ledger.effects``.
"""
