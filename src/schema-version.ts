/**
 * The version of everything that this service keeps in Redis ("Data in Redis" in docs/architecture.md). Raise it with a
 * change after which processes of before and after would misread each other's data: they refuse to run side by side.
 */
export const SCHEMA_VERSION = 1;
