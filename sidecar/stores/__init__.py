"""Connected shops: connection, cursor, polling, health."""
