"""Import this before anything else in a process of the message side.

nameko runs on eventlet: the standard library is patched, and psycopg told to wait in a way that
lets the other green threads go on. Nothing else in the project may depend on either.
"""

import os
import warnings

os.environ["PSYCOPG_WAIT_FUNC"] = "wait_selector"

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import eventlet

eventlet.monkey_patch()
