"""What becomes of each row: by its reference, and confirmed only by what the org says of it."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from tests.crm.bench import Clock, outcomes, receiver, ref, row, rows, sent, small_sheet
from tests.crm_server import KEY, FakeJob, FakeOrg


def test_every_row_is_confirmed_with_its_record_when_the_org_takes_all(
    fake: FakeOrg, clock: Clock, tmp_path: Path
) -> None:
    """Without it a delivery that worked could be told as one that did not, and go again for ever."""
    found = sent(receiver(fake, tmp_path, clock), rows(5))
    assert outcomes(found) == {"confirmed": 5}
    assert {one.receiver_id for one in found.values()} == {str(one["Id"]) for one in fake.records.values()}
    assert fake.records[ref(1)]["Note__c"] == "plan, with a comma"
    assert [fake.count("POST", "ingest$"), fake.count("PUT"), fake.count("PATCH")] == [1, 1, 1]


def test_digits_arrive_as_they_are_when_a_number_is_sent(fake: FakeOrg, tmp_path: Path) -> None:
    """Without it 0.1 could arrive as 0.1000000000000000055511 and 61.250000 as 61.25."""
    sent(receiver(fake, tmp_path), [row(1, "61.250000"), row(2, "0.1"), row(3, "12345678901.123456")])
    stored = [fake.records[ref(number)]["Score__c"] for number in (1, 2, 3)]
    assert stored == ["61.250000", "0.1", "12345678901.123456"]


def test_half_is_confirmed_when_half_of_a_batch_succeeds(fake: FakeOrg, tmp_path: Path) -> None:
    """Without it one refused record would spoil, or hide, what became of the others."""
    refused = {ref(number) for number in range(2, 21, 2)}
    fake.refuses = lambda key, _: (
        "FIELD_CUSTOM_VALIDATION_EXCEPTION:Score is odd:Score__c--" if key in refused else None
    )
    found = sent(receiver(fake, tmp_path), rows(20))
    assert outcomes(found) == {"confirmed": 10, "rejected": 10}
    assert {key for key, one in found.items() if one.outcome == "rejected"} == refused
    assert set(fake.records) == {ref(number) for number in range(1, 21, 2)}


@pytest.mark.parametrize(
    "error",
    [
        "FIELD_CUSTOM_VALIDATION_EXCEPTION:Health score must not fall:PlanWise_Health_Score__c--",
        "REQUIRED_FIELD_MISSING:Required fields are missing: [Name]:Name--",
        "STRING_TOO_LONG:Note: data value too large: xxx (max length=40):Note__c--",
        "DUPLICATE_EXTERNAL_ID:PlanWise_Ref__c: more than one record found for external id field: [1, 2]:--",
    ],
)
def test_row_is_rejected_with_the_orgs_words_when_its_data_is_refused(
    fake: FakeOrg, tmp_path: Path, error: str
) -> None:
    """Without it a record that can never be taken would be sent again and again, and nobody would mend it."""
    fake.refuses = lambda *_: error
    (found,) = sent(receiver(fake, tmp_path), rows(1)).values()
    code, words = error.split(":", 1)
    assert (found.outcome, found.code, found.retry_after) == ("rejected", code, None)
    assert words.split(":")[0].strip() in str(found.message) and "--" not in str(found.message)


@pytest.mark.parametrize(
    "error",
    [
        "UNABLE_TO_LOCK_ROW:unable to obtain exclusive access to this record or 1 records: 001xx:--",
        "REQUEST_RUNNING_TOO_LONG:Your request was running for too long, and has been stopped:--",
    ],
)
def test_row_goes_again_when_the_org_was_only_busy(fake: FakeOrg, tmp_path: Path, error: str) -> None:
    """Without it a lock of a second would cost the client its update until its data changes."""
    fake.refuses = lambda *_: error
    (found,) = sent(receiver(fake, tmp_path), rows(1)).values()
    assert (found.outcome, found.code) == ("retry", error.split(":")[0])
    fake.refuses = lambda *_: None
    (found,) = sent(receiver(fake, tmp_path), rows(1)).values()
    assert found.outcome == "confirmed"


def test_unknown_refusal_is_final_and_says_so_when_no_row_of_the_table_has_it(
    fake: FakeOrg, tmp_path: Path
) -> None:
    """Without it a code that nobody has judged would be tried until the attempts are used up, unseen."""
    fake.refuses = lambda *_: "SOME_NEW_CODE:what is this:--"
    (found,) = sent(receiver(fake, tmp_path), rows(1)).values()
    assert (found.outcome, found.code) == ("rejected", "SOME_NEW_CODE")
    assert "crm_errors.csv does not list" in str(found.message) and "what is this" in str(found.message)


def test_unprocessed_rows_go_again_when_a_job_fails_half_way(fake: FakeOrg, tmp_path: Path) -> None:
    """Without it rows that the job never reached would count as sent."""
    fake.life = [("InProgress", "Failed")]
    fake.messages = ["Batch failed after 20 retries"]
    fake.skips = lambda key: key > ref(4)
    found = sent(receiver(fake, tmp_path), rows(6))
    assert outcomes(found) == {"confirmed": 4, "retry": 2}
    assert {found[ref(5)].code, found[ref(6)].code} == {"unprocessed"}
    assert "Batch failed after 20 retries" in str(found[ref(5)].message)


def test_rows_are_rejected_when_the_job_failed_because_of_the_upload_itself(
    fake: FakeOrg, tmp_path: Path
) -> None:
    """Without it a column that the org does not have would be sent eight times to everybody."""
    fake.life = [("InProgress", "Failed")]
    fake.messages = ["InvalidBatch : Field name not found : Score__c"]
    fake.skips = lambda key: True
    (found,) = sent(receiver(fake, tmp_path), rows(1)).values()
    assert (found.outcome, found.code) == ("rejected", "InvalidBatch")
    assert "Field name not found : Score__c" in str(found.message)


def test_row_is_never_confirmed_when_no_result_mentions_it(fake: FakeOrg, tmp_path: Path) -> None:
    """Without it "not failed" would be taken for "accepted": a thousand for the one that was."""
    fake.hides = lambda key: key == ref(2)
    found = sent(receiver(fake, tmp_path), rows(3))
    assert (found[ref(2)].outcome, found[ref(2)].code) == ("retry", "no_result")
    assert "neither successful nor failed nor unprocessed" in str(found[ref(2)].message)
    assert outcomes(found) == {"confirmed": 2, "retry": 1}


def test_nothing_is_confirmed_when_the_results_name_a_record_that_was_not_sent(
    fake: FakeOrg, tmp_path: Path
) -> None:
    """Without it the results of another job would confirm rows of this one."""

    def stray(job: FakeJob) -> None:
        job.successful.insert(0, {**job.successful[0], KEY: "c-of-somebody"})

    fake.tamper = stray
    found = sent(receiver(fake, tmp_path), rows(3))
    assert outcomes(found) == {"retry": 3}
    assert {one.code for one in found.values()} == {"results_of_others"}
    assert "c-of-somebody" in str(found[ref(1)].message)


def test_row_goes_again_when_two_results_contradict_one_another(fake: FakeOrg, tmp_path: Path) -> None:
    """Without it the list that happens to be read last would decide."""

    def both(job: FakeJob) -> None:
        twice = {key: value for key, value in job.successful[0].items() if key != "sf__Created"}
        job.failed.append({**twice, "sf__Error": "STRING_TOO_LONG:x:--"})

    fake.tamper = both
    found = sent(receiver(fake, tmp_path), rows(2))
    assert (found[ref(2)].outcome, found[ref(2)].code) == ("retry", "two_results")
    assert found[ref(1)].outcome == "confirmed"


def test_row_goes_again_when_its_success_names_no_record(fake: FakeOrg, tmp_path: Path) -> None:
    """Without it a row would be confirmed that no record of the org stands for."""
    fake.tamper = lambda job: job.successful[0].update(sf__Id="")
    (found,) = sent(receiver(fake, tmp_path), rows(1)).values()
    assert (found.outcome, found.code) == ("retry", "no_record_id")


@pytest.mark.parametrize("kind", ["successfulResults", "failedResults", "unprocessedrecords"])
@pytest.mark.parametrize("what", ["html", 500])
def test_nothing_is_confirmed_when_a_result_list_can_not_be_read(
    fake: FakeOrg, tmp_path: Path, kind: str, what: str | int
) -> None:
    """Without it a sign-in page in a result's place would read as "none failed"."""
    fake.fail("GET", kind, what, times=9)
    found = sent(receiver(fake, tmp_path), rows(2))
    assert outcomes(found) == {"retry": 2}


def test_rows_are_matched_by_reference_when_the_results_come_in_another_order(
    fake: FakeOrg, tmp_path: Path
) -> None:
    """Without it the third row's refusal would be the first one's."""
    fake.refuses = lambda key, _: "STRING_TOO_LONG:x:Note__c--" if key == ref(3) else None
    found = sent(receiver(fake, tmp_path), rows(9))
    assert [key for key, one in found.items() if one.outcome == "rejected"] == [ref(3)]
    assert all(found[key].receiver_id == record["Id"] for key, record in fake.records.items())


def test_each_part_has_a_job_and_its_own_results_when_one_upload_does_not_take_all(
    fake: FakeOrg, tmp_path: Path
) -> None:
    fake.refuses = lambda key, _: "STRING_TOO_LONG:x:Note__c--" if key == ref(7) else None
    found = sent(receiver(fake, tmp_path, sheet=small_sheet(4)), rows(10))
    assert outcomes(found) == {"confirmed": 9, "rejected": 1}
    assert sorted(len(job.rows) for job in fake.jobs.values()) == [2, 4, 4]


def test_field_is_cleared_or_left_when_the_document_says_so(fake: FakeOrg, tmp_path: Path) -> None:
    """Without it "not known" would wipe what people wrote, or what was withdrawn would stay."""
    fake.records[ref(1)] = {"Id": "001old", "Band__c": "healthy", "Note__c": "old"}
    fake.records[ref(2)] = {"Id": "002old", "Band__c": "healthy", "Note__c": "old"}
    left, cleared = {"value": None, "action": "leave"}, {"value": None, "action": "clear"}
    sent(receiver(fake, tmp_path), [row(1, band=left), row(2, band=cleared)])
    assert (fake.records[ref(1)]["Band__c"], fake.records[ref(2)]["Band__c"]) == ("healthy", None)


def test_others_are_sent_when_a_document_does_not_fit_or_is_broken(fake: FakeOrg, tmp_path: Path) -> None:
    """Without it one long note would keep everybody's update."""
    broken = row(4)
    broken = type(broken)(broken.delivery_key, broken.client_ref, b"{", "x")
    other = type(broken)(ref(5), ref(5), row(6).content, "x")
    found = sent(receiver(fake, tmp_path), [row(1), row(2, note="x" * 41), row(3), broken, other])
    codes = {key: (one.outcome, one.code) for key, one in found.items()}
    assert codes[ref(1)] == codes[ref(3)] == ("confirmed", None)
    assert codes[ref(2)] == ("rejected", "does_not_fit") and "41 characters" in str(found[ref(2)].message)
    assert codes[ref(4)] == codes[ref(5)] == ("rejected", "bad_document")
    assert set(fake.records) == {ref(1), ref(3)}


def test_neither_is_sent_when_two_documents_are_about_one_client(fake: FakeOrg, tmp_path: Path) -> None:
    """Without it the one that happens to be processed last would win."""
    again = row(1, "99.000000")
    again = type(again)("another-key", again.client_ref, again.content, again.document_checksum)
    found = sent(receiver(fake, tmp_path), [row(1), again, row(2)])
    assert {found[ref(1)].code, found["another-key"].code} == {"sent_twice"}
    assert set(fake.records) == {ref(2)}


def test_upload_is_one_header_and_lf_when_it_is_read_as_sent(fake: FakeOrg, tmp_path: Path) -> None:
    sent(receiver(fake, tmp_path), rows(3))
    ((_, _, headers, raw),) = [one for one in fake.asked if one[0] == "PUT"]
    assert headers["Content-Type"].startswith("text/csv") and b"\r" not in raw
    assert len(list(csv.reader(io.StringIO(raw.decode())))) == 4


def test_nothing_is_asked_when_there_is_nothing_to_send(fake: FakeOrg, tmp_path: Path) -> None:
    assert sent(receiver(fake, tmp_path), []) == {} and fake.asked == []
