"""What the API's description allows is tried by schemathesis: no 5xx, no other answer."""

from datetime import UTC, datetime, timedelta

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import checks
from schemathesis.specs.openapi import checks as openapi_checks

from tests.untagged.test_api import pipeline  # noqa: F401  # a fixture
from untagged.accounts import book, tokens
from untagged.accounts.book import By
from untagged.accounts.roles import MEANING
from untagged.pipeline import Pipeline
from untagged.web.api.app import PREFIX
from untagged.web.app import create_app

TRIED = 25
KEPT = [
    checks.not_a_server_error,
    openapi_checks.status_code_conformance,
    openapi_checks.content_type_conformance,
    openapi_checks.response_schema_conformance,
    openapi_checks.response_headers_conformance,
    openapi_checks.negative_data_rejection,
]
"""Valid data may be refused (a query of the right type can be wrong), so that is not checked."""


@pytest.mark.slow
def test_the_api_answers_as_described(pipeline: Pipeline) -> None:  # noqa: F811  # the fixture
    schema = schemathesis.openapi.from_asgi(f"{PREFIX}/openapi.json", create_app(pipeline))
    with pipeline.begin() as connection:
        now = datetime.now(UTC)
        by = By("a test", now)
        user = book.add_user(connection, "program", role="admin", by=by)
        made = tokens.make_token(
            connection, user, label="a test", may=MEANING, ends_at=now + timedelta(hours=1), by=by
        )
    headers = {"Authorization": f"Bearer {made}"}
    tried = 0
    for found in schema.get_all_operations():
        operation = found.ok()
        cases = st.one_of(
            operation.as_strategy(generation_mode=mode) for mode in schemathesis.GenerationMode
        )

        @settings(max_examples=TRIED, deadline=None, suppress_health_check=list(HealthCheck))
        @given(case=cases)
        def answers(case: schemathesis.Case) -> None:
            case.call_and_validate(checks=KEPT, headers=headers)

        answers()
        tried += 1
    assert tried == len(list(schema.get_all_operations())) > 20
