"""Every table, imported once, so that metadata, migrations and relationships know them all."""

from __future__ import annotations

from sidecar import accounts, audit, instances, settings, timekeeping
from sidecar.calls import task
from sidecar.calls.requests import request
from sidecar.carts import cart
from sidecar.contacts import contact
from sidecar.outreach import message
from sidecar.outreach.delivery import pace, support_mail
from sidecar.outreach.incentives import coupon
from sidecar.outreach.incentives import request as offer_request
from sidecar.outreach.letters import edited
from sidecar.outreach.replies import reply
from sidecar.outreach.visits import click
from sidecar.routing import route
from sidecar.stores import connection, product

MODULES = (
    accounts,
    audit,
    timekeeping,
    instances,
    settings,
    connection,
    contact,
    cart,
    route,
    task,
    request,
    message,
    pace,
    support_mail,
    click,
    reply,
    coupon,
    offer_request,
    edited,
    product,
)


def register() -> None:
    """Nothing more than the imports above; called by the app so that they are not mistaken for unused."""
    if not all(MODULES):
        raise RuntimeError("a module with tables is missing")
