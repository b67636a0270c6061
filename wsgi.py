"""What the web server loads."""

from sidecar.app import create_app

app = create_app()
