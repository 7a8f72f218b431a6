"""A caller of the API that holds every answer against the description of the API."""

import re
import uuid

from openapi_schema_validator import OAS31Validator

PREFIX = "/api/v1"


class Checked:
    """The town, its `call` checked: status, shape and error code must be the documented ones."""

    def __init__(self, town, document):
        self.town, self.document, self.last = town, document, None
        self.paths = [
            (re.compile(re.sub(r"\{\w+\}", "[^/]+", path)), operations)
            for path, operations in sorted(document["paths"].items())
        ]

    def __getattr__(self, name):
        return getattr(self.town, name)

    def call(self, method, path, token=None, **options):
        answer = self.town.call(method, PREFIX + path, token, **options)
        self.check(method, path, answer)
        return answer

    def get(self, path, token=None, **options):
        return self.call("GET", path, token, **options)

    def post(self, path, token=None, json=None, key=None, **options):
        headers = {"Idempotency-Key": key or uuid.uuid4().hex}
        return self.call("POST", path, token, json=json, headers=headers, **options)

    def check(self, method, path, answer):
        found = [each for path_, each in self.paths if path_.fullmatch(PREFIX + path)]
        responses = found[0][method.lower()]["responses"]
        told = responses[str(answer.status_code)]
        for kind, body in told.get("content", {}).items():
            if kind == "application/json":
                whole = body["schema"] | {"components": self.document["components"]}
                OAS31Validator(whole).validate(answer.json())
        if answer.status_code >= 400:
            error = answer.json()["error"]
            assert f"`{error['code']}`" in told["description"], error
            assert error["request"] == answer.headers["X-Request-ID"]


def refusal(answer):
    """(status, code) of an answer that refuses."""
    return answer.status_code, answer.json()["error"]["code"]


def faults(answer):
    """The fields that an answer finds wrong."""
    return {each["field"] for each in answer.json()["error"]["details"]}
