"""Who calls the API: the bearer of a token we signed."""

from apiflask import HTTPTokenAuth

from base.errors import Unauthenticated
from people import residents, tokens
from people.residents import Resident

from ..runtime import here

auth = HTTPTokenAuth(description="The token of POST /api/v1/session")


@auth.verify_token  # type: ignore[untyped-decorator]
def bearer(token: str) -> Resident:
    """The resident who carries this token; raises Unauthenticated and DeadSession."""
    if not token:
        raise Unauthenticated
    found = tokens.read(here().settings.secret_key, token)
    return residents.get(here().db, found.resident)


def caller() -> Resident:
    """The resident of this request."""
    found = auth.current_user
    assert isinstance(found, Resident)
    return found
