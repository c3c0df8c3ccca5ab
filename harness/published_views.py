"""Marts that are views stay views in the published file, over its own tables.

A view is there where all its rows would be too many (every pair of clients and peers), so nothing here reads
it as a whole: what it says of one client is compared.
"""

from typing import TYPE_CHECKING

from harness.errors import GateError
from harness.warehouse import identifier, literal

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


def of_one_client(connection: "DuckDBPyConnection") -> str:
    """The condition on a view's rows `r` that they are of the first client of the file that is in use.

    By its name: a subquery in its place would have DuckDB make all rows of the view, and then look.
    """
    first = connection.execute("select min(client_ref) from dim_client").fetchall()[0][0]
    return f"where r.client_ref = {literal(first or '')}"


def views(connection: "DuckDBPyConnection") -> dict[str, str]:
    """The SQL of each view in the attached warehouse's main schema, by name."""
    rows = connection.execute(
        "select view_name, sql from duckdb_views()"
        " where not internal and database_name = 'warehouse' and schema_name = 'main'"
    ).fetchall()
    return dict(rows)


def add_view(connection: "DuckDBPyConnection", name: str, sql: str) -> None:
    """Make a view of the warehouse anew in the published file, which is in use.

    Names lose their database, so that they are found in whatever file the view is in. Raises GateError for a
    view that reads what is not published: it would work here and fail for whoever opens the file.
    """
    import duckdb

    unqualified = sql.replace("warehouse.main.", "").replace('"warehouse"."main".', "")
    try:
        connection.execute(unqualified)
    except duckdb.Error as error:
        raise GateError(
            "view_not_published",
            f"the view {name} can't be made in the published file: {str(error).splitlines()[0]}",
            "let it read dim_, fct_ and exp_ tables only; they are what is published",
        ) from error
    of_view = f"database_name = 'warehouse' and schema_name = 'main' and view_name = {literal(name)}"
    for (comment,) in connection.execute(
        f"select comment from duckdb_views() where {of_view} and comment is not null"
    ).fetchall():
        connection.execute(f"comment on view {identifier(name)} is {literal(comment)}")
