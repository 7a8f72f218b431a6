"""The commands of the platform: python -m app COMMAND."""

from .commands import main

main()
