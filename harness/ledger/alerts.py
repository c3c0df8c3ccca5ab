"""Alerts in the ledger: raised once, closed on recovery. Telling people is not done here."""

import secrets
from collections.abc import Mapping
from typing import Any

from harness.ledger.events import canonical
from harness.ledger.recording import Recording

ALERT = (
    "alert_id", "subject", "target", "endpoint", "client_ref", "failures", "error_code", "run_id",
    "raised_at", "recovered_run_id", "recovered_at", "detail",
)  # fmt: skip


class Alerts(Recording):
    """The façade's methods about alerts."""

    def raise_alert(
        self,
        run_id: str,
        subject: str,
        target: str,
        endpoint: str = "",
        client_ref: str = "",
        failures: int = 0,
        error_code: str | None = None,
        detail: Mapping[str, Any] | None = None,
    ) -> str | None:
        """Open an alert about a target or a client; null where one is open already. Returns its id."""
        with self._writing() as chain:
            if self._open_alert(subject, target, endpoint, client_ref):
                return None
            alert_id = f"a{secrets.token_hex(8)}"
            row = (
                alert_id, subject, target, endpoint, client_ref, failures, error_code, run_id, self._now(),
                None, None, canonical(self._clean(detail or {})),
            )  # fmt: skip
            self.database.insert("alert", ALERT, [row])
            image = dict(zip(ALERT, row, strict=True))
            self._imaged(chain, run_id, "alert_raised", "alert", image, target or None, endpoint)
            return alert_id

    def recover(
        self, run_id: str, subject: str, target: str, endpoint: str = "", client_ref: str = ""
    ) -> str | None:
        """Close the open alert about a target or a client; return its id, null where none was open."""
        with self._writing() as chain:
            row = self._open_alert(subject, target, endpoint, client_ref)
            if row is None:
                return None
            row |= {"recovered_run_id": run_id, "recovered_at": self._now()}
            values = (row["alert_id"], run_id, row["recovered_at"])
            self.database.update("alert", ("alert_id",), ("recovered_run_id", "recovered_at"), [values])
            self._imaged(chain, run_id, "alert_recovered", "alert", row, target or None, endpoint)
            return str(row["alert_id"])

    def _open_alert(self, subject: str, target: str, endpoint: str, client_ref: str) -> dict[str, Any] | None:
        rows = self.database.rows(
            f"select {', '.join(ALERT)} from alert where subject = ? and target = ? and endpoint = ?"
            " and client_ref = ? and recovered_at is null",
            (subject, target, endpoint, client_ref),
        )
        return dict(zip(ALERT, rows[0], strict=True)) if rows else None
