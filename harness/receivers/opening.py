"""The receiver of an endpoint, by its kind; its module is imported when it is first used."""

from typing import TYPE_CHECKING

from harness.config import Settings
from harness.receivers import ReleaseReceiver, RowReceiver
from harness.receivers.endpoint import Endpoint

if TYPE_CHECKING:
    from harness.receivers.directory import DirectoryReceiver
    from harness.receivers.objects import FsspecReceiver


def release_receiver(endpoint: Endpoint, settings: Settings) -> "DirectoryReceiver | FsspecReceiver":
    """The receiver of whole releases."""
    if endpoint.kind == "directory":
        from harness.receivers.directory import DirectoryReceiver

        return DirectoryReceiver(endpoint, settings)
    from harness.receivers.objects import FsspecReceiver

    return FsspecReceiver(endpoint, settings)


def row_receiver(endpoint: Endpoint, settings: Settings) -> RowReceiver:
    """The receiver of single documents."""
    if endpoint.kind == "navigator":
        from harness.receivers.navigator import NavigatorReceiver

        return NavigatorReceiver(endpoint, settings)
    from importlib import import_module

    made: RowReceiver = import_module("harness.crm.receiver").SalesforceReceiver(endpoint, settings)
    return made


def receiver(endpoint: Endpoint, settings: Settings) -> ReleaseReceiver | RowReceiver:
    """The receiver of any endpoint."""
    opened = release_receiver if endpoint.takes_releases else row_receiver
    return opened(endpoint, settings)


def probes(settings: Settings) -> list[tuple[str, bool, str]]:
    """Ask every endpoint whether it could take something: (endpoint, yes or no, a sentence)."""
    from harness.errors import PlanwiseError
    from harness.receivers.settings import endpoints

    found = []
    for endpoint in endpoints(settings):
        try:
            found.append((endpoint.name, True, receiver(endpoint, settings).probe()))
        except PlanwiseError as error:
            found.append(
                (endpoint.name, False, f"{error.message}; {error.hint}" if error.hint else error.message)
            )
    return found
