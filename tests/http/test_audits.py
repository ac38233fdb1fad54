"""The gateway holds to GraphQL over HTTP, as others see it."""

from tests.conftest import RunningGateway
from tests.http.audits import run_audits


def test_passes_all_audits(gateway: RunningGateway):
    audits = run_audits(gateway.url)
    assert len(audits) == 61
    assert [audit for audit in audits if audit.status != "ok"] == []
