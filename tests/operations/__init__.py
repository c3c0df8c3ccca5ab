"""Roles, pre-flight, alerts, metrics, sweep."""
