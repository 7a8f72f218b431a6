"""What the web server loads: the application, built from the environment."""

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
