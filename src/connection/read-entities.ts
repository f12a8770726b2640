import type { Entity, EntityField, Range } from "../sdk/entity.ts";
import type { SettingsReader } from "../sdk/settings-reader.ts";

/*
 * The entities of custom connectors, in the words of the SDKs for them:
 * https://github.com/awslabs/aws-appflow-custom-connector-python and …-java.
 */

export function readEntity(reader: SettingsReader): Entity {
  const name = reader.requiredText("entityIdentifier", "name the entity") ?? "";
  return { name, label: reader.text("label") ?? name, hasNested: reader.flag("hasNestedEntities") };
}

const COMPARISONS = [
  "EQUAL_TO",
  "LESS_THAN",
  "LESS_THAN_OR_EQUAL_TO",
  "GREATER_THAN",
  "GREATER_THAN_OR_EQUAL_TO",
] as const;

/** The SDKs' data types, with the operators that their fields have when the connector names none. */
const DATA_TYPES: ReadonlyMap<string, readonly string[]> = new Map<string, readonly string[]>([
  ...["Integer", "Float", "Double", "Long", "Short", "BigInteger", "BigDecimal"].map(
    (type) => [type, ["NOT_EQUAL_TO", ...COMPARISONS]] as const,
  ),
  ...["Date", "DateTime"].map((type) => [type, [...COMPARISONS, "BETWEEN"]] as const),
  ...["Map", "List"].map((type) => [type, ["CONTAINS"]] as const),
  ...["Struct", "ByteArray"].map((type) => [type, []] as const),
  ["String", ["CONTAINS", "EQUAL_TO", "NOT_EQUAL_TO"]],
  ["Boolean", ["EQUAL_TO", "NOT_EQUAL_TO"]],
]);

/** The field's own operators are passed on as they are: AppFlow's clients read whatever they find. */
export function readField(reader: SettingsReader): EntityField {
  const dataType = reader.requiredText("dataType", `name one of ${[...DATA_TYPES.keys()].join(", ")}`) ?? "";
  const operators = dataType === "" ? [] : reader.choice("dataType", DATA_TYPES);
  return {
    name: reader.requiredText("fieldName", "name the field") ?? "",
    ...optionalText(reader, "label", "label"),
    ...optionalText(reader, "description", "description"),
    type: reader.text("dataTypeLabel") ?? dataType,
    isPrimaryKey: reader.flag("isPrimaryKey"),
    isDeprecated: reader.flag("isDeprecated"),
    ...optionalText(reader, "defaultValue", "defaultValue"),
    filterOperators: reader.has("filterOperators") ? reader.texts("filterOperators") : (operators ?? []),
    ...readConstraints(reader.within("constraints")),
    ...(reader.has("readProperties") && { source: readSource(reader.within("readProperties")) }),
    ...(reader.has("writeProperties") && { destination: readDestination(reader.within("writeProperties")) }),
    ...(reader.has("customProperties") && { properties: Object.fromEntries(reader.textsByName("customProperties")) }),
  };
}

function readConstraints(reader: SettingsReader): Partial<EntityField> {
  return {
    ...(reader.has("allowedValues") && { values: reader.texts("allowedValues") }),
    ...optionalText(reader, "allowedValuesRegexPattern", "pattern"),
    ...optionalText(reader, "allowedDateFormat", "dateFormat"),
    ...(reader.has("allowedValueRange") && { valueRange: readRange(reader.within("allowedValueRange")) }),
    ...(reader.has("allowedLengthRange") && { lengthRange: readRange(reader.within("allowedLengthRange")) }),
  };
}

function readRange(reader: SettingsReader): Range {
  return { minimum: reader.number("minRange") ?? 0, maximum: reader.number("maxRange") ?? 0 };
}

function readSource(reader: SettingsReader): NonNullable<EntityField["source"]> {
  return {
    isRetrievable: reader.flag("isRetrievable"),
    isQueryable: reader.flag("isQueryable"),
    isTimestamp: reader.flag("isTimestampFieldForIncrementalQueries"),
  };
}

function readDestination(reader: SettingsReader): NonNullable<EntityField["destination"]> {
  return {
    isCreatable: reader.flag("isCreatable"),
    isNullable: reader.flag("isNullable"),
    isUpsertable: reader.flag("isUpsertable"),
    isUpdatable: reader.flag("isUpdatable"),
    isDefaultedOnCreate: reader.flag("isDefaultedOnCreate"),
    writeOperations: reader.texts("supportedWriteOperations"),
  };
}

function optionalText<Name extends keyof EntityField>(
  reader: SettingsReader,
  theirs: string,
  ours: Name,
): { readonly [name in Name]?: string } {
  const text = reader.text(theirs);
  return (text === undefined ? {} : { [ours]: text }) as { readonly [name in Name]?: string };
}
