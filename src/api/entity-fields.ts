import type { EntityField } from "../sdk/entity.ts";
import type { JsonObject } from "../sdk/json.ts";

/** A field as a ConnectorEntityField. What is not known is left out. */
export function entityField(field: EntityField): JsonObject {
  const { name, parent, label, description, isPrimaryKey, isDeprecated, defaultValue, properties } = field;
  return {
    identifier: name,
    ...given({ parentIdentifier: parent, label, description, isPrimaryKey, isDeprecated, defaultValue }),
    supportedFieldTypeDetails: { v1: typeDetails(field) },
    ...(field.source !== undefined && { sourceProperties: sourceProperties(field.source) }),
    ...(field.destination !== undefined && { destinationProperties: destinationProperties(field.destination) }),
    ...(properties !== undefined && { customProperties: properties }),
  };
}

function typeDetails(field: EntityField): JsonObject {
  const { type, filterOperators, values = [], pattern, dateFormat, valueRange, lengthRange } = field;
  return {
    fieldType: type,
    filterOperators,
    supportedValues: values,
    ...given({ valueRegexPattern: pattern, supportedDateFormat: dateFormat }),
    ...(valueRange !== undefined && { fieldValueRange: { ...valueRange } }),
    ...(lengthRange !== undefined && { fieldLengthRange: { ...lengthRange } }),
  };
}

function sourceProperties({ isTimestamp, ...flags }: NonNullable<EntityField["source"]>): JsonObject {
  return { ...flags, isTimestampFieldForIncrementalQueries: isTimestamp };
}

function destinationProperties({ writeOperations, ...flags }: NonNullable<EntityField["destination"]>): JsonObject {
  return { ...flags, supportedWriteOperations: writeOperations };
}

function given(members: Readonly<Record<string, string | boolean | undefined>>): JsonObject {
  return Object.fromEntries(
    Object.entries(members).filter((entry): entry is [string, string | boolean] => entry[1] !== undefined),
  );
}
