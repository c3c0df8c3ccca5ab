"""The thin harness around the dbt project: it lands, calls, checks and delivers; meaning lives in SQL."""
