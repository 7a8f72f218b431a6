"""What the web server loads: the application, built from the environment.

What start-up has made stays for ever, so the collector of cycles need not walk through it; this
and longer intervals save a sixth of a request's CPU (docs/performance.md).
"""

import gc
import os
import sys

from config.settings import BadSettings, Settings

from . import create_app, runtime

try:
    settings = Settings.from_env(os.environ)
except BadSettings as bad:
    sys.stderr.write("The settings are not complete:\n" + "\n".join(bad.faults) + "\n")
    sys.exit(1)

application = create_app(runtime.build(settings))
gc.collect()
gc.freeze()
gc.set_threshold(20_000, 50, 50)
