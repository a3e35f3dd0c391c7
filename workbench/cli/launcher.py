"""The explorer as a tile of JupyterLab's launcher, for jupyter-server-proxy where that is installed."""

import sys


def explorer() -> dict:
    """How jupyter-server-proxy starts the explorer, and what its tile says.

    The explorer answers to its own names only. The proxy, which has already checked who asks and from which site, calls
    it by them whatever the reader's browser calls the hub: so no hub has to be named.

    Returns
    -------
    dict
        As the entry point `jupyter_serverproxy_servers` wants it; the proxy puts the port it has chosen for `{port}`.
    """
    own_name = "localhost:{port}"
    return {
        "command": [sys.executable, "-m", "workbench", "app", "--port", "{port}"],
        "request_headers_override": {"Host": own_name, "Origin": f"http://{own_name}"},
        "timeout": 60,
        "launcher_entry": {"title": "OSH Workbench"},
    }
