"""Who may open which page: every route of the console declares its right here."""

from collections.abc import Callable
from functools import wraps
from typing import Final

from flask import Response, flash, g, redirect, request, url_for
from flask.typing import ResponseReturnValue

from base import texts
from people import operators
from people.operators import Operator

from ..runtime import here
from . import sessions

View = Callable[..., ResponseReturnValue]
ANY_OPERATOR: Final = "any operator"


def needs(right: str, *, quiet: bool = False) -> Callable[[View], View]:
    """Open a page to operators with this right, or to ANY_OPERATOR; others are sent to sign in.

    Whether the matter is their agency's is for the page to ask. `quiet` pages refresh themselves
    and keep nobody signed in. Raises operators.NotAllowed.
    """

    def declared(view: View) -> View:
        @wraps(view)
        def guarded(**path: str) -> ResponseReturnValue:
            operator = sessions.present(here().db, quiet=quiet)
            if operator is None:
                return _to_sign_in()
            if right != ANY_OPERATOR:
                operators.require(operator, right)
            g.operator = operator
            return view(**path)

        guarded.__dict__["needs"] = right
        return guarded

    return declared


def open_to_all(why: str) -> Callable[[View], View]:
    """Open a page to people who have not signed in, and say why."""

    def declared(view: View) -> View:
        view.__dict__["open_because"] = why
        return view

    return declared


def me() -> Operator:
    """The operator of this request."""
    found = g.operator
    assert isinstance(found, Operator)
    return found


def who() -> Operator | None:
    """The operator of this request if there is one; error pages ask before any page has."""
    if "operator" not in g:
        g.operator = sessions.present(here().db, quiet=True)
    found: Operator | None = g.operator
    return found


def _to_sign_in() -> ResponseReturnValue:
    """To the sign-in page, and back afterwards where that is safe to repeat."""
    back = request.full_path.rstrip("?") if request.method == "GET" else None
    if request.headers.get("HX-Request"):
        home = url_for("console.account.sign_in")
        return Response(status=401, headers={"HX-Redirect": home})
    if request.method != "GET":
        flash(texts.say("console.signed_out_meanwhile"), "warning")
    return redirect(url_for("console.account.sign_in", next=back), 303)
