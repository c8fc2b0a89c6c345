export { ISSUE_CODES } from "./codes.ts";
export { jsonSchema, SCHEMA_NAMES, type SchemaName } from "./json-schemas.ts";
export { manifestSchema } from "./manifest-schema.ts";
export { networksSchema } from "./networks.ts";
export { readDesiredState } from "./read-desired-state.ts";
export { readRepositorySettings, readSettingsText } from "./settings-file.ts";
