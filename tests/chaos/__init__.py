"""Two processes of Tocsin on one database, killed, stopped and answered badly, and what stands in the channels then.

``make chaos`` runs all of it; the tests run a short trial. ``verdict`` judges, ``trial`` is one run, ``disturbance``
does the harm, ``scene`` is where it happens, ``crashes`` lets processes die at named points, ``nursery`` starts them
fast, ``naive`` is the negative control.
"""
