"""Run by Superset's own Python (tests/bi/tool.py): connect read-only, list tables, ask a chart's query.

Prints one line of JSON. Uses what the web pages use: a database, a dataset with its columns, a query object.
"""

import json
import sys


def main(marts: str) -> None:
    from superset.app import create_app

    app = create_app()
    with app.app_context():
        from superset import db
        from superset.connectors.sqla.models import SqlaTable
        from superset.models.core import Database
        from superset.sql.parse import Table

        uri = f"duckdb:///{marts}?access_mode=read_only"
        database = Database(database_name="planwise", sqlalchemy_uri=uri, expose_in_sqllab=True)
        db.session.add(database)
        db.session.commit()
        catalog = database.get_default_catalog()
        schema = "main"
        tables = sorted(name for name, *_ in database.get_all_table_names_in_schema(catalog, schema))
        views = sorted(name for name, *_ in database.get_all_view_names_in_schema(catalog, schema))
        dataset = SqlaTable(table_name="wide_client", schema=schema, database=database)
        db.session.add(dataset)
        dataset.fetch_metadata()
        described = [column.column_name for column in dataset.columns if (column.description or "").strip()]
        comment = database.get_table_comment(Table("wide_client", schema))
        count = {
            "label": "clients",
            "expressionType": "SQL",
            "sqlExpression": "count(*)",
        }
        result = dataset.query(
            {
                "granularity": None,
                "from_dttm": None,
                "to_dttm": None,
                "is_timeseries": False,
                "columns": ["industry"],
                "groupby": ["industry"],
                "metrics": [count],
                "filter": [{"col": "is_held", "op": "IS FALSE"}],
                "orderby": [(count, False)],
                "extras": {},
                "row_limit": 100,
            }
        )
        rows = result.df.to_dict(orient="records")
        try:
            with database.get_sqla_engine(catalog=catalog, schema=schema) as engine:
                engine.execute("create table dim_mine (a integer)")
            written = "a table was made"
        except Exception as error:  # noqa: BLE001 - whatever the driver raises is the answer
            written = str(error).splitlines()[0]
    print(
        json.dumps(
            {
                "tables": tables,
                "views": views,
                "columns": len(dataset.columns),
                "described": len(described),
                "comment": comment,
                "chart": rows,
                "sql": result.query,
                "error": result.error_message,
                "write": written,
            },
            default=str,
        )
    )


if __name__ == "__main__":
    main(sys.argv[1])
