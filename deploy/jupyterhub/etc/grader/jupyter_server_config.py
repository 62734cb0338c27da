"""Formgrader shows its pages in a frame of JupyterLab, which a hub's servers forbid unless told otherwise."""

c = get_config()  # noqa: F821 (Jupyter provides it)
c.ServerApp.tornado_settings = {"headers": {"Content-Security-Policy": "frame-ancestors 'self'"}}
