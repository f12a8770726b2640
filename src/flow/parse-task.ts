import type { Problem } from "../sdk/problem.ts";
import type { FilterOperator } from "../sdk/filter.ts";
import type { ArithmeticTask, MaskTask, Task, ValidateTask } from "../tasks/task.ts";
import { didYouMean } from "./closest.ts";
import type { TaskRequest } from "./flow-request.ts";
import { MAX_MASK_LENGTH, MAX_PARTITION_FIELDS, MAX_TRUNCATE_LENGTH } from "./flow-limits.ts";
import {
  countProperty,
  expectNames,
  namesProperty,
  neededProperty,
  needs,
  onlyField,
  property,
  report,
  someFields,
  type TaskReader,
} from "./task-reader.ts";

export interface ParsedTask {
  /** Empty when there are problems. Truncate, Mask and Validate give one task for each field that they name. */
  readonly tasks: readonly Task[];
  readonly problems: readonly Problem[];
}

/**
 * Reads one task of a flow. `sourceKey` is the source connector's member of `connectorOperator`: where several operators
 * are given, its is the one that counts. Tasks of unknown type or operator give nothing, neither tasks nor problems: the
 * check of the shape reports these words.
 */
export function parseTask(task: TaskRequest, index: number, sourceKey: string | undefined): ParsedTask {
  const rule = TASK_RULES.get(task.taskType ?? "");
  if (rule === undefined || task.sourceFields === undefined) return NOTHING;

  const problems: Problem[] = [];
  const operator = operatorOf(task, index, sourceKey, problems);
  if (operator === undefined) return { tasks: [], problems };

  const reader: TaskReader = { index, task, fields: fieldsOf(task.sourceFields), operator, problems };
  const tasks = fits(reader, rule) ? rule.parse(reader) : [];
  return { tasks: problems.length === 0 ? tasks : [], problems };
}

const NOTHING: ParsedTask = { tasks: [], problems: [] };

/** The operators that select rows, with our names. Words are AppFlow's. */
const FILTERS: ReadonlyMap<string, FilterOperator> = new Map([
  ["EQUAL_TO", "equal"],
  ["NOT_EQUAL_TO", "not-equal"],
  ["LESS_THAN", "less"],
  ["LESS_THAN_OR_EQUAL_TO", "less-or-equal"],
  ["GREATER_THAN", "greater"],
  ["GREATER_THAN_OR_EQUAL_TO", "greater-or-equal"],
  ["BETWEEN", "between"],
  ["CONTAINS", "contains"],
]);

const ARITHMETIC: ReadonlyMap<string, ArithmeticTask["operator"]> = new Map([
  ["ADDITION", "add"],
  ["SUBTRACTION", "subtract"],
  ["MULTIPLICATION", "multiply"],
  ["DIVISION", "divide"],
]);

const MASKS: ReadonlyMap<string, MaskTask["scheme"]> = new Map([
  ["MASK_ALL", "all"],
  ["MASK_FIRST_N", "first"],
  ["MASK_LAST_N", "last"],
]);

const VALIDATIONS: ReadonlyMap<string, ValidateTask["rule"]> = new Map([
  ["VALIDATE_NON_NULL", "non-null"],
  ["VALIDATE_NON_ZERO", "non-zero"],
  ["VALIDATE_NON_NEGATIVE", "non-negative"],
  ["VALIDATE_NUMERIC", "numeric"],
]);

interface TaskRule {
  /** The operators that the task may have; the first is named when there is none and one is needed. */
  readonly operators: readonly string[];
  readonly parse: (reader: TaskReader) => readonly Task[];
}

const NO_OPERATOR = ["NO_OP"];

const TASK_RULES: ReadonlyMap<string, TaskRule> = new Map([
  ["Filter", { operators: ["PROJECTION", ...FILTERS.keys()], parse: parseFilter }],
  ["Map", { operators: NO_OPERATOR, parse: parseMap }],
  ["Map_all", { operators: NO_OPERATOR, parse: parseMapAll }],
  ["Passthrough", { operators: NO_OPERATOR, parse: ({ index }) => [{ type: "passthrough", index }] }],
  ["Truncate", { operators: NO_OPERATOR, parse: parseTruncate }],
  ["Mask", { operators: [...MASKS.keys()], parse: parseMask }],
  ["Validate", { operators: [...VALIDATIONS.keys()], parse: parseValidate }],
  ["Merge", { operators: NO_OPERATOR, parse: parseMerge }],
  ["Arithmetic", { operators: [...ARITHMETIC.keys()], parse: parseArithmetic }],
  ["Partition", { operators: NO_OPERATOR, parse: parsePartition }],
]);

/** Undefined when the operator is ambiguous, which is a problem, or unknown, which is not one here. */
function operatorOf(
  task: TaskRequest,
  index: number,
  sourceKey: string | undefined,
  problems: Problem[],
): string | undefined {
  const given = task.connectorOperator ?? {};
  const operators = new Set(sourceKey !== undefined && given[sourceKey] ? [given[sourceKey]] : Object.values(given));
  const [operator = "NO_OP"] = operators;
  if (operators.size > 1) {
    problems.push({
      path: `tasks[${index}].connectorOperator`,
      message: `it names several operators: ${[...operators].join(", ")}`,
      remedy: "keep the source connector's",
    });
    return undefined;
  }
  return [...TASK_RULES.values()].some((rule) => rule.operators.includes(operator)) ? operator : undefined;
}

/** Terraform writes `[""]` where it means no field. */
function fieldsOf(sourceFields: readonly string[]): readonly string[] {
  return sourceFields.length === 1 && sourceFields[0] === "" ? [] : sourceFields;
}

function fits(reader: TaskReader, rule: TaskRule): boolean {
  if (rule.operators.includes(reader.operator)) return true;
  const { taskType } = reader.task;
  if (reader.operator === "NO_OP") {
    report(reader, "connectorOperator", `${taskType} needs an operator`, `use one of ${rule.operators.join(", ")}`);
    return false;
  }
  const home = [...TASK_RULES].find(([, other]) => other.operators.includes(reader.operator))?.[0];
  report(
    reader,
    "connectorOperator",
    `${reader.operator} does not fit a ${taskType} task`,
    `use ${rule.operators.join(", ")}, or make it a ${home} task`,
  );
  return false;
}

function parseFilter(reader: TaskReader): readonly Task[] {
  const { index, fields } = reader;
  const operator = FILTERS.get(reader.operator);
  if (operator === undefined) return [{ type: "project", index, fields }];

  const field = onlyField(reader, "use one Filter task for each field: a record must pass them all");
  const values = operator === "between" ? boundsOf(reader) : valuesOf(reader);
  if (field === undefined || values === undefined) return [];
  return [{ type: "filter", index, field, operator, values, dataType: property(reader, "DATA_TYPE") }];
}

function boundsOf(reader: TaskReader): readonly string[] | undefined {
  const remedy = "BETWEEN lies between LOWER_BOUND and UPPER_BOUND, both excluded";
  const lower = neededProperty(reader, "LOWER_BOUND", remedy);
  const upper = neededProperty(reader, "UPPER_BOUND", remedy);
  return lower === undefined || upper === undefined ? undefined : [lower, upper];
}

/** VALUE is one value as it stands; VALUES are several between commas, or a JSON array. A record may match any of them. */
function valuesOf(reader: TaskReader): readonly string[] | undefined {
  const value = property(reader, "VALUE");
  const several = namesProperty(reader, "VALUES", []);
  if (several === undefined) return undefined;
  const values = value === undefined ? several : [value, ...several];
  if (values.length > 0) return values;
  return report(reader, "taskProperties.VALUE", `${needs(reader)} a value`, "give VALUE, or several in VALUES");
}

function parseMap(reader: TaskReader): readonly Task[] {
  const source = onlyField(reader, "use one Map task for each field, or a Merge task to join them");
  if (source === undefined) return [];
  return [
    {
      type: "map",
      index: reader.index,
      source,
      target: reader.task.destinationField || source,
      sourceType: property(reader, "SOURCE_DATA_TYPE"),
      targetType: property(reader, "DESTINATION_DATA_TYPE"),
    },
  ];
}

function parseMapAll(reader: TaskReader): readonly Task[] {
  const exclude = namesProperty(reader, "EXCLUDE_SOURCE_FIELDS_LIST", []) ?? [];
  const includeNew = property(reader, "INCLUDE_NEW_FIELDS");
  if (includeNew !== undefined) {
    expectNames(reader, "taskProperties.INCLUDE_NEW_FIELDS", [includeNew.toLowerCase()], ["true", "false"]);
  }
  return [{ type: "map-all", index: reader.index, exclude }];
}

function parseTruncate(reader: TaskReader): readonly Task[] {
  const { index } = reader;
  const fields = someFields(reader) ?? [];
  neededProperty(reader, "TRUNCATE_LENGTH", "say how many characters to keep");
  const length = countProperty(reader, "TRUNCATE_LENGTH", MAX_TRUNCATE_LENGTH);
  return length === undefined ? [] : fields.map((field) => ({ type: "truncate", index, field, length }));
}

function parseMask(reader: TaskReader): readonly Task[] {
  const { index } = reader;
  const scheme = MASKS.get(reader.operator)!;
  const fields = someFields(reader) ?? [];
  if (scheme !== "all") neededProperty(reader, "MASK_LENGTH", "say how many characters to mask");
  const length = countProperty(reader, "MASK_LENGTH", MAX_MASK_LENGTH);
  const character = property(reader, "MASK_VALUE") ?? "*";
  return fields.map((field) => ({ type: "mask", index, field, scheme, length, character }));
}

function parseValidate(reader: TaskReader): readonly Task[] {
  const { index } = reader;
  const rule = VALIDATIONS.get(reader.operator)!;
  const fields = someFields(reader) ?? [];
  const onFailure = failureAction(reader);
  return onFailure === undefined ? [] : fields.map((field) => ({ type: "validate", index, field, rule, onFailure }));
}

/** `DropRecord` when it is not given. AppFlow's console calls `DropDataset` "Terminate flow". */
function failureAction(reader: TaskReader): ValidateTask["onFailure"] | undefined {
  const action = property(reader, "VALIDATION_ACTION") ?? "DropRecord";
  if (/^droprecord$/i.test(action)) return "drop-record";
  if (/^(dropdataset$|terminate)/i.test(action)) return "end-run";
  const actions = ["DropRecord", "DropDataset"];
  return report(
    reader,
    "taskProperties.VALIDATION_ACTION",
    `there is no action "${action}"`,
    didYouMean(action, actions) ?? `use ${actions.join(" or ")}`,
  );
}

function parseMerge(reader: TaskReader): readonly Task[] {
  const { index } = reader;
  const fields = someFields(reader);
  if (fields === undefined) return [];
  return [{ type: "merge", index, fields, target: targetOf(reader), format: property(reader, "CONCAT_FORMAT") }];
}

function parseArithmetic(reader: TaskReader): readonly Task[] {
  const order = namesProperty(reader, "MATH_OPERATION_FIELDS_ORDER", reader.fields);
  if (reader.fields.length > 0) {
    expectNames(reader, "taskProperties.MATH_OPERATION_FIELDS_ORDER", order ?? [], reader.fields);
  }
  const operator = ARITHMETIC.get(reader.operator)!;
  const fields = order && someFields({ ...reader, fields: order }, 2);
  if (fields === undefined) return [];
  const target = targetOf(reader.fields.length > 0 ? reader : { ...reader, fields });
  return [{ type: "arithmetic", index: reader.index, operator, fields, target }];
}

/** The CDK names the new field by the names of its sources, between commas. */
function targetOf(reader: TaskReader): string {
  return reader.task.destinationField || reader.fields.join(",");
}

function parsePartition(reader: TaskReader): readonly Task[] {
  const named = namesProperty(reader, "ORDERED_PARTITION_KEYS_LIST", reader.fields);
  const fields = named && someFields({ ...reader, fields: [...new Set(named)] });
  if (fields === undefined) return [];
  if (fields.length > MAX_PARTITION_FIELDS) {
    report(
      reader,
      "sourceFields",
      `${fields.length} partition fields are more than the limit, ${MAX_PARTITION_FIELDS}`,
    );
  }
  return [{ type: "partition", index: reader.index, fields }];
}
