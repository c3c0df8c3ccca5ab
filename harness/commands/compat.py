import click
@click.command()
def compat() -> None:
    """x"""
