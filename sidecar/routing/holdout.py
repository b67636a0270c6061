"""Who is left alone, to measure: a draw from 1 to 100 that is the same for every cart of a person, for good."""

from __future__ import annotations

from sidecar.ports import Sealer


def draw(store_id: int, contact_id: int, vault: Sealer) -> int:
    """The person's draw; a holdout of 10 percent takes 1 to 10."""
    return int(vault.fingerprint("holdout", str(store_id), str(contact_id))[:12], 16) % 100 + 1
