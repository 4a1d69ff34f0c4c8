"""What tests stand on: the migrated database, the cast, and scenes built through the services."""
