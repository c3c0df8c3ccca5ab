"""The CRM: accounts upserted into a Salesforce org by its Bulk API 2.0 (docs/crm_delivery.md)."""
