"""The command `mtus serve`."""

import os
from typing import Annotated

import typer

from mtus.reasoner.cli_store import Where
from mtus.reasoner.console import errors_to_exit
from mtus.reasoner.errors import store_error


def serve(
    host: Annotated[str, typer.Option("--host", help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", help="The port to listen on.", min=0, max=65535)] = 8000,
    store: Where = None,
    open_to_network: Annotated[
        bool, typer.Option("--open-to-network", help="Ask nobody for a key, though other machines reach the address.")
    ] = False,
) -> None:
    """Serve validation, SPARQL and the stored queries over HTTP (extra: serve).

    On an address that other machines reach, each request needs a key (`mtus keys new`). What happens is logged as JSON lines on standard
    error, without facts of patients.

    Examples of use:

        mtus serve --port 8000 --store archive

        mtus serve --host 0.0.0.0
    """
    with errors_to_exit():
        from mtus.api.access import ALWAYS, KEYS_VARIABLE, NEVER, is_loopback  # noqa: PLC0415
        from mtus.api.keys import keys_file, read_keys  # noqa: PLC0415

        if open_to_network:
            os.environ[KEYS_VARIABLE] = NEVER
        when = os.environ.get(KEYS_VARIABLE, "")
        needs_keys = when == ALWAYS or not (is_loopback(host) or open_to_network)
        # a setting alone opens nothing: it may be left over from another machine
        if needs_keys and (when == NEVER or all(key.revoked for key in read_keys(keys_file()).values())):
            raise store_error(
                "open-to-network", host, "Other machines reach this address, and there is no key that lets anybody in.",
                "Make one with `mtus keys new`; or put a proxy that asks who is there before it, and say --open-to-network.",
            )  # fmt: skip
        try:
            import httptools  # noqa: F401, PLC0415
            import uvicorn  # noqa: PLC0415
        except ImportError as error:
            raise store_error("no-server", "mtus serve", "The packages uvicorn and httptools are not both installed.",
                              "Install it with `pip install 'mtus-reasoner[serve]'`.") from error  # fmt: skip
        from mtus.api.connections import limited  # noqa: PLC0415
        from mtus.api.logs import log_as_json  # noqa: PLC0415
        from mtus.api.main import create_app  # noqa: PLC0415
        from mtus.reasoner.settings import service_settings  # noqa: PLC0415
        from mtus.reasoner.store_location import store_location  # noqa: PLC0415

        settings = service_settings(os.environ)
        log_as_json()
        # the access log of the server would tell addresses, whose parameters may be facts; ours does not
        uvicorn.run(create_app(store_location(store)), host=host, port=port, access_log=False, log_config=None, server_header=False,
                    timeout_graceful_shutdown=settings.shutdown_seconds, http=limited(settings))  # fmt: skip
