"""What WeChat reports about our messages: consent given and withdrawn, sent, blocked."""

from .exchange import Context, Reply, Silence


def consented(_context: Context) -> Reply:
    """Count what the resident accepted in the popup."""
    return Silence()


def withdrawn(_context: Context) -> Reply:
    """Forget what the resident took back in the settings."""
    return Silence()


def delivered(_context: Context) -> Reply:
    """Note what became of a subscription message."""
    return Silence()


def finished(_context: Context) -> Reply:
    """Note what became of a template message."""
    return Silence()
