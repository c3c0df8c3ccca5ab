"""Navigator scenarios: one complete document in, the bytes of one YAML file out.

Nothing is added, nothing decided.
"""

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from exporters import Document
from exporters.yaml import dump, load

if TYPE_CHECKING:
    from jinja2 import Template

TEMPLATE = Path(__file__).parent / "templates" / "navigator.yaml.j2"


@cache
def _template() -> "Template":
    from jinja2 import Environment, StrictUndefined

    environment = Environment(undefined=StrictUndefined, keep_trailing_newline=False, autoescape=False)  # noqa: S701 - YAML
    environment.filters["yaml"] = lambda value: dump(value).removesuffix("\n")
    return environment.from_string(TEMPLATE.read_text(encoding="utf-8"))


def render(document: Document) -> bytes:
    """Write one scenario as UTF-8 YAML: the document's blocks in their order, with a comment over some of
    them.

    Raises what `exporters.yaml.dump` raises, and UnicodeEncodeError for text that has no UTF-8 form.
    """
    return (_template().render(document=document) + "\n").encode("utf-8")


def read(content: bytes) -> Any:
    """Read a scenario file back, decimals exact. Raises ValueError for bytes that are no YAML."""
    from yaml import YAMLError

    try:
        return load(content)
    except YAMLError as error:
        raise ValueError(f"not readable as YAML: {error}") from error
