"""All input and output, and the only room that knows Prefect."""

import os

# Prefect reads these when it is first imported. Only both together keep it from every look-up on the network; with
# analytics on, a starting server also prints "database is locked" now and then. Who wants them sets them before.
os.environ.setdefault("PREFECT_SERVER_ANALYTICS_ENABLED", "false")
os.environ.setdefault("DO_NOT_TRACK", "1")
