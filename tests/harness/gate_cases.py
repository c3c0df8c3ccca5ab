"""What is done to one client, and whether a rule must then name it. `{r}` is its ref, `{n}` its row number.

Every rule has cases on both sides of its limit, NULL among them. All share one warehouse, a client each.
"""

from typing import NamedTuple


class Case(NamedTuple):
    """`found` is the field that the rule's finding names, or None where the rule must let the client pass."""

    what: str
    rule: str
    severity: str
    found: str | None
    sql: str
    code: str | None = None


def _plan(assignments: str) -> str:
    return f"update fct_plan_design set {assignments} where client_ref = '{{r}}';"


def _client(assignments: str) -> str:
    return f"update dim_client set {assignments} where client_ref = '{{r}}';"


def _landed(column: str, value: str) -> str:
    """Change the raw row and, as the models would, the raw text in fct_field_status."""
    return (
        f"update raw.plan_designs set {column} = {value} where _row = {{n}};"
        f"update fct_field_status set raw = {value}, value = {value} "
        f"where field = '{column}' and client_ref = '{{r}}';"
    )


def _status(field: str, assignments: str) -> str:
    return f"update fct_field_status set {assignments} where field = '{field}' and client_ref = '{{r}}';"


def _vesting(steps: str) -> str:
    return (
        _plan(f"vesting_schedule_array = {steps}")
        + "delete from fct_vesting_step where client_ref = '{r}';"
        + f"insert into fct_vesting_step select '{{r}}', unnest(range(len({steps}))), unnest({steps});"
    )


def _tiers(kind: str, rows: str) -> str:
    """Rows are (band, min_years, max_years, tier, employee_min, employee_max, rate)."""
    insert = f"insert into fct_match_tier select '{{r}}', * from (values {rows});" if rows else ""
    return _plan(f"match_kind = '{kind}'") + "delete from fct_match_tier where client_ref = '{r}';" + insert


def _bands(kind: str, rows: str) -> str:
    """Rows are (band, min_years, max_years, min_age, max_age, rate)."""
    insert = f"insert into fct_core_band select '{{r}}', * from (values {rows});" if rows else ""
    return _plan(f"core_kind = '{kind}'") + insert


_NO_AE = (
    "is_auto_enrollment_on = false, default_deferral_rate = null, auto_enrollment_scope = null, "
    "auto_enrollment_cutoff_on = null"
)

SOURCE = [
    Case("blank industry", "S04", "hold", "industry", _landed("industry", "'  '")),
    Case("null employee count", "S04", "hold", "employee_count", _landed("employee_count", "null")),
    Case("dash for data source", "S04", "hold", "data_source", _landed("data_source", "'–'")),
    Case("non-breaking blank", "S04", "hold", "client_name", _landed("client_name", "chr(160)")),
    Case(
        "tbd for auto-enrolment",
        "S04",
        "hold",
        "auto_enrollment_enabled",
        _landed("auto_enrollment_enabled", "'tbd'"),
    ),
    Case("none is no blank", "S04", "hold", None, _landed("auto_enrollment_enabled", "'No'")),
    Case(
        "braces, colon, quote",
        "S04",
        "hold",
        None,
        _landed("client_name", "'{{x}} :y ''; drop table dim_client'"),
    ),
    Case("12 months old to the day", "S05", "warn", None, _client("last_updated_on = date '2025-11-22'")),
    Case(
        "a day over 12 months",
        "S05",
        "warn",
        "last_updated",
        _client("last_updated_on = date '2025-11-21'"),
        "stale",
    ),
    Case("unknown update", "S05", "warn", "last_updated", _client("last_updated_on = null"), "unknown"),
    Case("unknown update is no hold", "S05", "hold", None, _client("last_updated_on = null")),
    Case("24 months old to the day", "S05", "hold", None, _client("last_updated_on = date '2024-11-22'")),
    Case(
        "a day over 24 months",
        "S05",
        "hold",
        "last_updated",
        _client("last_updated_on = date '2024-11-21'"),
        "outdated",
    ),
    Case("outdated is held, not warned", "S05", "warn", None, _client("last_updated_on = date '2020-01-01'")),
]

MARTS = [
    Case(
        "auto-enrolment 15 %",
        "P01",
        "hold",
        None,
        _plan("default_deferral_rate = 0.15, escalation_cap_rate = 0.2"),
    ),
    Case(
        "auto-enrolment 15.1 %", "P01", "hold", "auto_enrollment_rate", _plan("default_deferral_rate = 0.151")
    ),
    Case("cap 20.1 %", "P01", "hold", "auto_escalation_cap", _plan("escalation_cap_rate = 0.201")),
    Case("match rate 15.1 %", "P01", "hold", "match_effective_rate", _plan("match_effective_rate = 0.151")),
    Case(
        "negative participation", "P01", "hold", "participation_rate", _plan("current_participation = -0.01")
    ),
    Case("participation of 140 %", "P01", "hold", "participation_rate", _plan("current_participation = 1.4")),
    Case("participation of 100 %", "P01", "hold", None, _plan("current_participation = 1")),
    Case(
        "no rates at all",
        "P01",
        "hold",
        None,
        _plan("max_match_percentage = null, default_deferral_rate = null"),
    ),
    Case(
        "core band of 200 %",
        "P01",
        "hold",
        "nonelective_formula",
        _bands("flat", "(0, null, null, null, null, 2)"),
    ),
    Case(
        "on without a rate",
        "P02",
        "hold",
        "auto_enrollment_rate",
        _plan("default_deferral_rate = null"),
        "no_rate",
    ),
    Case(
        "on without a scope",
        "P02",
        "hold",
        "auto_enrollment_effective_year",
        _plan("auto_enrollment_scope = null"),
    ),
    Case(
        "on without a cutoff",
        "P02",
        "hold",
        "auto_enrollment_effective_year",
        _plan("auto_enrollment_cutoff_on = null"),
    ),
    Case(
        "escalation without a cap",
        "P02",
        "hold",
        "auto_escalation_cap",
        _plan("escalation_cap_rate = null"),
        "no_cap",
    ),
    Case(
        "escalation without a rate",
        "P02",
        "hold",
        "auto_escalation_rate",
        _plan("escalation_increment_rate = null"),
    ),
    Case(
        "cap below rate",
        "P02",
        "hold",
        "auto_escalation_cap",
        _plan("escalation_cap_rate = 0.02"),
        "cap_below_rate",
    ),
    Case("cap equal to rate", "P02", "hold", None, _plan("escalation_cap_rate = 0.03")),
    Case(
        "both off",
        "P02",
        "hold",
        None,
        _plan(_NO_AE + ", is_auto_escalation_on = false, escalation_cap_rate = null"),
    ),
    Case(
        "off with a rate",
        "P03",
        "warn",
        "auto_enrollment_rate",
        _plan(_NO_AE + ", unexported_auto_enrollment_rate = 0.03"),
    ),
    Case("off without a rate", "P03", "warn", None, _plan(_NO_AE)),
    Case("off, rate goes out", "P03", "hold", "auto_enrollment_rate", _plan("is_auto_enrollment_on = false")),
    Case(
        "unknown, rate goes out", "P03", "hold", "auto_enrollment_rate", _plan("is_auto_enrollment_on = null")
    ),
    Case("match without vesting", "P04", "hold", "vesting_schedule", _plan("vesting_schedule_array = null")),
    Case("match with empty vesting", "P04", "hold", "vesting_schedule", _plan("vesting_schedule_array = []")),
    Case(
        "unknown kind, no vesting",
        "P04",
        "hold",
        "vesting_schedule",
        _plan("match_kind = null, vesting_schedule_array = null"),
    ),
    Case(
        "no match, no vesting",
        "P04",
        "hold",
        None,
        _plan("match_kind = 'none', vesting_schedule_array = null"),
    ),
    Case("vesting falls", "P05", "hold", "vesting_schedule", _vesting("[0, 0.5, 0.4, 1]"), "not_monotone"),
    Case("vesting never full", "P05", "hold", "vesting_schedule", _vesting("[0, 0.5, 0.9]"), "never_full"),
    Case("a step is null", "P05", "hold", "vesting_schedule", _vesting("[0, null, 1]"), "step_missing"),
    Case(
        "kind without an array",
        "P05",
        "hold",
        "vesting_schedule",
        _plan("vesting_schedule_array = null"),
        "no_array",
    ),
    Case(
        "steps differ",
        "P05",
        "hold",
        "vesting_schedule",
        "update fct_vesting_step set vested_rate = 0.5 where client_ref = '{r}' and years_of_service = 2;",
        "steps_differ_from_array",
    ),
    Case("immediate", "P05", "hold", None, _vesting("[1]")),
    Case(
        "4-year cliff", "P05", "warn", "vesting_schedule", _vesting("[0, 0, 0, 0, 1]"), "slower_than_statute"
    ),
    Case("7-year graded", "P05", "warn", "vesting_schedule", _vesting("[0, 0, 0, 0.2, 0.4, 0.6, 0.8, 1]")),
    Case(
        "year for year slower than either", "P05", "warn", "vesting_schedule", _vesting("[0, 0, 0, 0.9, 1]")
    ),
    Case("statutory 2-6 graded", "P05", "warn", None, _vesting("[0, 0, 0.2, 0.4, 0.6, 0.8, 1]")),
    Case("3-year cliff", "P05", "warn", None, _vesting("[0, 0, 0, 1]")),
    Case("no vesting known", "P05", "warn", None, _plan("vesting_schedule_array = null")),
    Case("stated rate off by 0.0005", "P06", "hold", None, _plan("match_effective_rate = 0.0305")),
    Case(
        "stated rate off by 0.0006",
        "P06",
        "hold",
        "match_effective_rate",
        _plan("match_effective_rate = 0.0306"),
    ),
    Case(
        "nothing to compare with",
        "P06",
        "hold",
        "match_effective_rate",
        _plan("match_effective_rate = 0.03, max_match_percentage = null"),
    ),
    Case("no rate stated", "P06", "hold", None, _plan("match_effective_rate = null")),
    Case(
        "tier gap",
        "P07",
        "hold",
        "match_formula",
        _tiers("tiered", "(0,null,null,1,0,.03,1),(0,null,null,2,.04,.06,.5)"),
        "tier_gap",
    ),
    Case(
        "first tier not at 0",
        "P07",
        "hold",
        "match_formula",
        _tiers("simple", "(0,null,null,1,.01,.03,1)"),
        "tier_gap",
    ),
    Case(
        "tiers overlap",
        "P07",
        "hold",
        "match_formula",
        _tiers("tiered", "(0,null,null,1,0,.03,1),(0,null,null,2,.02,.06,.5)"),
        "overlapping_tiers",
    ),
    Case(
        "tier rate 301 %",
        "P07",
        "hold",
        "match_formula",
        _tiers("simple", "(0,null,null,1,0,.03,3.01)"),
        "match_rate_out_of_range",
    ),
    Case(
        "tier rate null",
        "P07",
        "hold",
        "match_formula",
        _tiers("simple", "(0,null,null,1,0,.03,null)"),
        "tier_incomplete",
    ),
    Case("tier rate 300 %", "P07", "hold", None, _tiers("simple", "(0,null,null,1,0,.03,3)")),
    Case("tiers gone", "P07", "hold", "match_formula", _tiers("simple", ""), "tiers_do_not_fit_kind"),
    Case(
        "none with tiers",
        "P07",
        "hold",
        "match_formula",
        _plan("match_kind = 'none'"),
        "tiers_do_not_fit_kind",
    ),
    Case(
        "two good tiers",
        "P07",
        "hold",
        None,
        _tiers("tiered", "(0,null,null,1,0,.03,1),(0,null,null,2,.03,.05,.5)"),
    ),
    Case(
        "good bands", "P07", "hold", None, _tiers("service_graded", "(1,0,5,1,0,.04,.5),(2,5,null,1,0,.04,1)")
    ),
    Case(
        "band gap",
        "P07",
        "hold",
        "match_formula",
        _tiers("service_graded", "(1,0,5,1,0,.04,.5),(2,6,null,1,0,.04,1)"),
        "band_gap",
    ),
    Case(
        "band with an end",
        "P07",
        "hold",
        "match_formula",
        _tiers("service_graded", "(1,0,5,1,0,.04,.5),(2,5,9,1,0,.04,1)"),
        "band_gap",
    ),
    Case(
        "bands overlap",
        "P07",
        "hold",
        "nonelective_formula",
        _bands("service_graded", "(1,0,5,null,null,.04),(2,4,null,null,null,.05)"),
        "band_overlap",
    ),
    Case(
        "age bands",
        "P07",
        "hold",
        None,
        _bands("age_banded", "(1,null,null,0,40,.03),(2,null,null,40,null,.05)"),
    ),
    Case("bands gone", "P07", "hold", "nonelective_formula", _bands("age_banded", ""), "no_bands"),
    Case("auto-enrolment 10 %", "P08", "warn", None, _plan("default_deferral_rate = 0.10")),
    Case(
        "auto-enrolment 11 %",
        "P08",
        "warn",
        "auto_enrollment_rate",
        _plan("default_deferral_rate = 0.11, escalation_cap_rate = 0.15"),
    ),
    Case("match of 11 %", "P08", "warn", "match_formula", _plan("max_match_percentage = 0.11"), "high_match"),
    Case("participation 49 %", "P08", "warn", "participation_rate", _plan("current_participation = 0.49")),
    Case("participation 49 %, off", "P08", "warn", None, _plan(_NO_AE + ", current_participation = 0.49")),
    Case("12 months' wait", "P08", "warn", None, _plan("waiting_period_months = 12")),
    Case(
        "13 months' wait", "P08", "warn", "eligibility", _plan("core_waiting_period_months = 13"), "long_wait"
    ),
    Case(
        "400 days' wait", "P08", "warn", "eligibility", _plan("match_waiting_period_days = 400"), "long_wait"
    ),
    Case(
        "immediate vesting",
        "P08",
        "warn",
        "vesting_schedule",
        _plan("vesting_kind = 'immediate'") + _vesting("[1]"),
    ),
    Case(
        "immediate in a safe harbour",
        "P08",
        "warn",
        None,
        _plan("vesting_kind = 'immediate'")
        + _vesting("[1]")
        + _landed("match_formula", "'Basic safe harbor match'"),
    ),
    Case("one employee", "P09", "hold", None, _client("employee_count = 1")),
    Case("no employee", "P09", "hold", "employee_count", _client("employee_count = 0")),
    Case("5,000,001 employees", "P09", "hold", "employee_count", _client("employee_count = 5000001")),
    Case("unknown employee count", "P09", "hold", "employee_count", _client("employee_count = null")),
    Case("state ZZ", "P09", "hold", "state", _client("state = 'ZZ'")),
    Case("state null", "P09", "hold", None, _client("state = null") + _landed("state", "null")),
    Case(
        "state not read",
        "P09",
        "hold",
        "state",
        _client("state = null") + _status("state", "status = 'rejected', value = null"),
    ),
    Case(
        "state unknown",
        "P09",
        "hold",
        None,
        _client("state = null")
        + _landed("state", "'TBD'")
        + _status("state", "status = 'unresolved', reasons = ['unknown']"),
    ),
    Case(
        "blocking field",
        "P10",
        "hold",
        "match_formula",
        _status(
            "match_formula",
            "status = 'unresolved', reasons = ['tier_gap'], is_blocking_export = true, message = 'm'",
        ),
        "tier_gap",
    ),
    Case("blocking unknown", "P10", "hold", "industry", _status("industry", "is_blocking_export = null")),
    Case(
        "status row missing",
        "P10",
        "hold",
        "match_formula",
        _plan("match_status = 'unresolved', match_kind = 'unresolved', match_reasons = ['no_limit']"),
        "no_limit",
    ),
    Case(
        "vesting given, unread",
        "P10",
        "hold",
        "vesting_schedule",
        _plan("vesting_status = 'unresolved', vesting_reasons = ['no_period']"),
    ),
    Case(
        "core left blank",
        "P10",
        "hold",
        None,
        _plan("core_status = 'unresolved', core_reasons = ['unknown']"),
    ),
    Case(
        "not needed, unread",
        "P10",
        "warn",
        "eligibility",
        _landed("eligibility", "'x'")
        + _status("eligibility", "status = 'unresolved', reasons = ['no_period']"),
    ),
    Case(
        "not needed, unread, no hold",
        "P10",
        "hold",
        None,
        _status("eligibility", "status = 'unresolved', reasons = ['no_period']"),
    ),
    Case(
        "no date",
        "P11",
        "hold",
        "last_updated",
        _landed("last_updated", "'13/01/2024'")
        + _status("last_updated", "status = 'rejected', value = null"),
    ),
    Case("date not ISO", "P11", "hold", "plan_amended_on", _landed("plan_amended_on", "'1/5/24'")),
    Case(
        "date blank",
        "P11",
        "hold",
        None,
        _status("last_updated", "value = null, reasons = ['unknown'], status = 'unresolved'"),
    ),
    Case(
        "plan year of no days",
        "P11",
        "hold",
        "plan_year_end_on",
        _plan("plan_year_start_on = date '2026-01-01', plan_year_end_on = date '2026-01-01'"),
    ),
    Case(
        "plan year",
        "P11",
        "hold",
        None,
        _plan("plan_year_start_on = date '2026-01-01', plan_year_end_on = date '2026-12-31'"),
    ),
    Case(
        "amended first",
        "P11",
        "hold",
        "plan_amended_on",
        _plan("plan_effective_on = date '2020-01-01', plan_amended_on = date '2019-12-31'"),
    ),
    Case("adoption unknown", "P11", "hold", None, _plan("plan_amended_on = date '2019-12-31'")),
    Case(
        "dollar cap",
        "P12",
        "hold",
        "match_formula",
        _plan("navigator_gap_codes = ['cost:dollar_cap'], navigator_gap_messages = ['A dollar cap.']"),
        "dollar_cap",
    ),
    Case(
        "gap without cost",
        "P12",
        "hold",
        None,
        _plan("navigator_gap_codes = ['vesting:custom'], navigator_gap_messages = ['Custom.']"),
    ),
    Case(
        "gaps null", "P12", "hold", None, _plan("navigator_gap_codes = null, navigator_gap_messages = null")
    ),
]

_DOCUMENT = "update exp_navigator__scenario set {} where client_ref = '{{r}}';"
_FHI = "update exp_fhi__outcomes set {} where client_ref = '{{r}}';"
_FIGURE = "update fct_fhi_outcome set {} where component = '{}' and client_ref = '{{r}}';"


def _record(patch: str) -> str:
    """SQL that merges a JSON text into a client's CRM record."""
    doubled = patch.replace("{", "{{").replace("}", "}}")
    return (
        f"update exp_crm__account set document = json_merge_patch(document, '{doubled}')"
        " where client_ref = '{r}';"
    )


def _share(field: str, value: float, percent: float) -> str:
    return f'"{field}": {{"value": {value}, "percent": {percent}, "action": "set"}}'


EXPORT = [
    Case(
        "block gone",
        "E01",
        "hold",
        "dc_plan",
        _DOCUMENT.format("document = json_merge_patch(document, '{{\"dc_plan\":null}}')"),
    ),
    Case("key simulation", "E01", "hold", "delivery_key", _DOCUMENT.format("delivery_key = 'simulation'")),
    Case("key with a dot", "E01", "hold", "delivery_key", _DOCUMENT.format("delivery_key = 'a.b'")),
    Case("key null", "E01", "hold", "delivery_key", _DOCUMENT.format("delivery_key = null")),
    Case("no checksum", "E01", "hold", "document_checksum", _DOCUMENT.format("document_checksum = null")),
    Case("whole document", "E01", "hold", None, ""),
    Case("score of 100", "E01", "hold", None, _FIGURE.format("value = 100", "plan_health_score")),
    Case(
        "score above 100",
        "E01",
        "hold",
        "plan_health_score",
        _FIGURE.format("value = 100.000001", "plan_health_score"),
        "out_of_range",
    ),
    Case(
        "savings above all pay",
        "E01",
        "hold",
        "total_savings_rate",
        _FIGURE.format("value = 1.01, unknown_reason = null", "total_savings_rate"),
        "out_of_range",
    ),
    Case(
        "negative savings",
        "E01",
        "hold",
        "total_savings_rate",
        _FIGURE.format("value = -0.01, unknown_reason = null", "total_savings_rate"),
        "out_of_range",
    ),
    Case(
        "savings with a reason",
        "E01",
        "hold",
        "total_savings_rate",
        _FIGURE.format("value = 0.1", "total_savings_rate"),
        "value_and_reason",
    ),
    Case(
        "score null, no reason",
        "E01",
        "hold",
        "plan_health_score",
        _FIGURE.format("value = null", "plan_health_score"),
        "no_reason",
    ),
    Case(
        "band of our own",
        "E01",
        "hold",
        "financial_wellness_continuum",
        _FIGURE.format("band = 'fine'", "financial_wellness_continuum"),
        "unknown_band",
    ),
    Case(
        "element gone",
        "E01",
        "hold",
        "preparedness_gap",
        _FHI.format("document = json_merge_patch(document, '{{\"preparedness_gap\":null}}')"),
        "missing_element",
    ),
    Case(
        "somebody else's document",
        "E01",
        "hold",
        "client_ref",
        _FHI.format('document = json_merge_patch(document, \'{{"client_ref":"c0"}}\')'),
        "other_client",
    ),
    Case(
        "FHI checksum null",
        "E01",
        "hold",
        "document_checksum",
        _FHI.format("document_checksum = null"),
        "no_checksum",
    ),
    *(
        Case(f"CRM {what}", "E01", "hold", found, _record(f'{{"fields": {{{said}}}}}'), code)
        for what, found, code, said in (
            ("field gone", "warnings", "field_not_decided", '"warnings": null'),
            ("field too many", "name", "field_not_decided", '"name": {"action": "leave"}'),
            ("action unknown", "warnings", "field_not_decided", '"warnings": {"action": "keep"}'),
            (
                "set to nothing",
                "plan_health_score",
                "field_not_decided",
                '"plan_health_score": {"action": "set"}',
            ),
            (
                "left with a value",
                "plan_health_band",
                "field_not_decided",
                '"plan_health_band": {"value": "healthy"}',
            ),
            (
                "no percent",
                "preparedness_gap",
                "field_not_decided",
                '"preparedness_gap": {"value": 0.1, "action": "set"}',
            ),
            ("another percent", "preparedness_gap", "impossible_value", _share("preparedness_gap", 0.1, 1)),
            ("gap of all", None, None, _share("preparedness_gap", 1, 100)),
            (
                "gap above all",
                "preparedness_gap",
                "impossible_value",
                _share("preparedness_gap", 1.000001, 100.0001),
            ),
            (
                "percentile below 0",
                "peer_percentile_match_generosity",
                "impossible_value",
                _share("peer_percentile_match_generosity", -0.1, -10),
            ),
            ("negative cost", None, None, _share("recommendation_1_cost_rate_low", -0.1, -10)),
            ("score of 100", None, None, '"plan_health_score": {"value": 100, "action": "set"}'),
            (
                "score of 100.01",
                "plan_health_score",
                "impossible_value",
                '"plan_health_score": {"value": 100.01, "action": "set"}',
            ),
            (
                "band unknown",
                "plan_health_band",
                "impossible_value",
                '"plan_health_band": {"value": "fine", "action": "set"}',
            ),
            (
                "no day",
                "data_as_of",
                "impossible_value",
                '"data_as_of": {"value": "2026-02-30", "action": "set"}',
            ),
            (
                "text too long",
                "recommendation_1",
                "impossible_value",
                '"recommendation_1": {"value": "' + 256 * "x" + '", "action": "set"}',
            ),
            (
                "text with a bell",
                "recommendation_1",
                "impossible_value",
                '"recommendation_1": {"value": "bell \\u0007", "action": "set"}',
            ),
            (
                "text just fits",
                None,
                None,
                '"recommendation_1": {"value": "' + 255 * "x" + '", "action": "set"}',
            ),
        )
    ),
    Case(
        "CRM no checksum",
        "E01",
        "hold",
        "document_checksum",
        "update exp_crm__account set document_checksum = null where client_ref = '{r}';",
    ),
]
