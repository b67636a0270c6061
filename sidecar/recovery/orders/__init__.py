"""From the store to the database: polling, the import, the sweep, live re-reads, and the ends of carts."""
