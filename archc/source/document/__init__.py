"""A spec as a document: found, read, overridden, loaded, repaired, migrated."""
