import { describe, expect, it } from "vitest";
import type { TaskRequest } from "../../src/flow/flow-request.ts";
import { parseTask } from "../../src/flow/parse-task.ts";

interface Case {
  readonly title: string;
  readonly task: TaskRequest;
  readonly gives: readonly object[];
}

const operator = (word: string) => ({ S3: word });

/** The wire form of a task, and what it means. All are the first task of their flow. */
const CASES: readonly Case[] = [
  {
    title: "a projection",
    task: { taskType: "Filter", connectorOperator: operator("PROJECTION"), sourceFields: ["id", "name"] },
    gives: [{ type: "project", fields: ["id", "name"] }],
  },
  {
    title: "a projection as Terraform writes it",
    task: {
      taskType: "Filter",
      connectorOperator: operator("PROJECTION"),
      sourceFields: ["id"],
      destinationField: "",
      taskProperties: {},
    },
    gives: [{ type: "project", fields: ["id"] }],
  },
  {
    title: "a projection of no field",
    task: { taskType: "Filter", connectorOperator: operator("PROJECTION"), sourceFields: [""] },
    gives: [{ type: "project", fields: [] }],
  },
  ...(
    [
      ["EQUAL_TO", "equal"],
      ["NOT_EQUAL_TO", "not-equal"],
      ["LESS_THAN", "less"],
      ["LESS_THAN_OR_EQUAL_TO", "less-or-equal"],
      ["GREATER_THAN", "greater"],
      ["GREATER_THAN_OR_EQUAL_TO", "greater-or-equal"],
      ["CONTAINS", "contains"],
    ] as const
  ).map(([word, meaning]) => ({
    title: `a filter with ${word}`,
    task: {
      taskType: "Filter",
      connectorOperator: operator(word),
      sourceFields: ["f"],
      taskProperties: { DATA_TYPE: "string", VALUE: " a, b " },
    },
    gives: [{ type: "filter", field: "f", operator: meaning, values: [" a, b "], dataType: "string" }],
  })),
  {
    title: "a filter with BETWEEN",
    task: {
      taskType: "Filter",
      connectorOperator: operator("BETWEEN"),
      sourceFields: ["at"],
      taskProperties: { DATA_TYPE: "datetime", LOWER_BOUND: "Lower_Bound_value", UPPER_BOUND: "Upper_Bound_value" },
    },
    gives: [
      {
        type: "filter",
        field: "at",
        operator: "between",
        values: ["Lower_Bound_value", "Upper_Bound_value"],
        dataType: "datetime",
      },
    ],
  },
  {
    title: "a filter with VALUES between commas",
    task: {
      taskType: "Filter",
      connectorOperator: operator("EQUAL_TO"),
      sourceFields: ["f"],
      taskProperties: { VALUES: "open, pending ,,closed" },
    },
    gives: [
      { type: "filter", field: "f", operator: "equal", values: ["open", "pending", "closed"], dataType: undefined },
    ],
  },
  {
    title: "a filter with VALUES in a JSON array",
    task: {
      taskType: "Filter",
      connectorOperator: operator("NOT_EQUAL_TO"),
      sourceFields: ["f"],
      taskProperties: { VALUES: '["a,b"," c",""]' },
    },
    gives: [{ type: "filter", field: "f", operator: "not-equal", values: ["a,b", " c", ""], dataType: undefined }],
  },
  {
    title: "a filter with VALUE and VALUES",
    task: {
      taskType: "Filter",
      connectorOperator: operator("EQUAL_TO"),
      sourceFields: ["f"],
      taskProperties: { VALUE: "a", VALUES: "b,c" },
    },
    gives: [{ type: "filter", field: "f", operator: "equal", values: ["a", "b", "c"], dataType: undefined }],
  },
  {
    title: "a map",
    task: {
      taskType: "Map",
      connectorOperator: operator("NO_OP"),
      sourceFields: ["a"],
      destinationField: "b",
      taskProperties: { SOURCE_DATA_TYPE: "CSV", DESTINATION_DATA_TYPE: "character varying" },
    },
    gives: [{ type: "map", source: "a", target: "b", sourceType: "CSV", targetType: "character varying" }],
  },
  {
    title: "a map without operator, target and properties",
    task: { taskType: "Map", sourceFields: ["a"], destinationField: "" },
    gives: [{ type: "map", source: "a", target: "a", sourceType: undefined, targetType: undefined }],
  },
  {
    title: "a map of a field whose name is a trap",
    task: { taskType: "Map", sourceFields: ["__proto__"], destinationField: "constructor" },
    gives: [{ type: "map", source: "__proto__", target: "constructor", sourceType: undefined, targetType: undefined }],
  },
  {
    title: "a map of everything",
    task: { taskType: "Map_all", sourceFields: [] },
    gives: [{ type: "map-all", exclude: [] }],
  },
  {
    title: "a map of everything as Terraform writes it, with an unrelated property",
    task: { taskType: "Map_all", sourceFields: [""], taskProperties: { DATA_TYPE: "id" } },
    gives: [{ type: "map-all", exclude: [] }],
  },
  {
    title: "a map of everything but an empty list",
    task: { taskType: "Map_all", sourceFields: [], taskProperties: { EXCLUDE_SOURCE_FIELDS_LIST: "[]" } },
    gives: [{ type: "map-all", exclude: [] }],
  },
  {
    title: "a map of everything but some, as a JSON array",
    task: {
      taskType: "Map_all",
      sourceFields: [],
      taskProperties: { EXCLUDE_SOURCE_FIELDS_LIST: '["ssn", "a,b"]', INCLUDE_NEW_FIELDS: "TRUE" },
    },
    gives: [{ type: "map-all", exclude: ["ssn", "a,b"] }],
  },
  {
    title: "a map of everything but some, between commas",
    task: { taskType: "Map_all", sourceFields: [], taskProperties: { EXCLUDE_SOURCE_FIELDS_LIST: "ssn, notes" } },
    gives: [{ type: "map-all", exclude: ["ssn", "notes"] }],
  },
  {
    title: "a passthrough",
    task: { taskType: "Passthrough", connectorOperator: operator("NO_OP"), sourceFields: [], taskProperties: {} },
    gives: [{ type: "passthrough" }],
  },
  {
    title: "a truncation",
    task: { taskType: "Truncate", sourceFields: ["a"], taskProperties: { TRUNCATE_LENGTH: "120" } },
    gives: [{ type: "truncate", field: "a", length: 120 }],
  },
  {
    title: "a truncation of several fields",
    task: { taskType: "Truncate", sourceFields: ["a", "b"], taskProperties: { TRUNCATE_LENGTH: " 7 " } },
    gives: [
      { type: "truncate", field: "a", length: 7 },
      { type: "truncate", field: "b", length: 7 },
    ],
  },
  {
    title: "a mask of everything, as the console writes it",
    task: {
      taskType: "Mask",
      connectorOperator: operator("MASK_ALL"),
      sourceFields: ["a"],
      taskProperties: { MASK_LENGTH: "5", MASK_VALUE: "#" },
    },
    gives: [{ type: "mask", field: "a", scheme: "all", length: 5, character: "#" }],
  },
  {
    title: "a mask of everything, without properties",
    task: { taskType: "Mask", connectorOperator: operator("MASK_ALL"), sourceFields: ["a"] },
    gives: [{ type: "mask", field: "a", scheme: "all", length: undefined, character: "*" }],
  },
  ...(["FIRST", "LAST"] as const).map((end) => ({
    title: `a mask of the ${end.toLowerCase()} characters`,
    task: {
      taskType: "Mask",
      connectorOperator: operator(`MASK_${end}_N`),
      sourceFields: ["a"],
      taskProperties: { MASK_LENGTH: "4" },
    },
    gives: [{ type: "mask", field: "a", scheme: end.toLowerCase(), length: 4, character: "*" }],
  })),
  ...(
    [
      ["NON_NULL", "DropRecord", "non-null", "drop-record"],
      ["NON_ZERO", "droprecord", "non-zero", "drop-record"],
      ["NON_NEGATIVE", "DropDataset", "non-negative", "end-run"],
      ["NUMERIC", "TerminateFlow", "numeric", "end-run"],
      ["NUMERIC", undefined, "numeric", "drop-record"],
    ] as const
  ).map(([word, action, rule, onFailure]) => ({
    title: `a validation with ${word} and the action ${action}`,
    task: {
      taskType: "Validate",
      connectorOperator: operator(`VALIDATE_${word}`),
      sourceFields: ["a"],
      ...(action !== undefined && { taskProperties: { VALIDATION_ACTION: action } }),
    },
    gives: [{ type: "validate", field: "a", rule, onFailure }],
  })),
  {
    title: "a merge as the CDK writes it",
    task: {
      taskType: "Merge",
      connectorOperator: operator("NO_OP"),
      sourceFields: ["first", "last"],
      destinationField: "first,last",
      taskProperties: { CONCAT_FORMAT: "${first} ${last}" },
    },
    gives: [{ type: "merge", fields: ["first", "last"], target: "first,last", format: "${first} ${last}" }],
  },
  {
    title: "a merge without target and format",
    task: { taskType: "Merge", sourceFields: ["first", "last"] },
    gives: [{ type: "merge", fields: ["first", "last"], target: "first,last", format: undefined }],
  },
  ...(
    [
      ["ADDITION", "add"],
      ["SUBTRACTION", "subtract"],
      ["MULTIPLICATION", "multiply"],
      ["DIVISION", "divide"],
    ] as const
  ).map(([word, meaning]) => ({
    title: `an arithmetic with ${word} and an order`,
    task: {
      taskType: "Arithmetic",
      connectorOperator: operator(word),
      sourceFields: ["a", "b"],
      destinationField: "a,b",
      taskProperties: { MATH_OPERATION_FIELDS_ORDER: "b, a" },
    },
    gives: [{ type: "arithmetic", operator: meaning, fields: ["b", "a"], target: "a,b" }],
  })),
  {
    title: "an arithmetic without order",
    task: { taskType: "Arithmetic", connectorOperator: operator("ADDITION"), sourceFields: ["a", "b", "c"] },
    gives: [{ type: "arithmetic", operator: "add", fields: ["a", "b", "c"], target: "a,b,c" }],
  },
  {
    title: "an arithmetic with the order alone",
    task: {
      taskType: "Arithmetic",
      connectorOperator: operator("ADDITION"),
      sourceFields: [],
      destinationField: "sum",
      taskProperties: { MATH_OPERATION_FIELDS_ORDER: '["a","b,c"]' },
    },
    gives: [{ type: "arithmetic", operator: "add", fields: ["a", "b,c"], target: "sum" }],
  },
  {
    title: "an arithmetic over a field whose name holds a comma",
    task: {
      taskType: "Arithmetic",
      connectorOperator: operator("SUBTRACTION"),
      sourceFields: ["price,tax", "discount"],
      destinationField: "net",
      taskProperties: { MATH_OPERATION_FIELDS_ORDER: "price,tax,discount" },
    },
    gives: [{ type: "arithmetic", operator: "subtract", fields: ["price,tax", "discount"], target: "net" }],
  },
  {
    title: "a partition by a JSON array",
    task: {
      taskType: "Partition",
      connectorOperator: operator("NO_OP"),
      sourceFields: ["region", "industry"],
      taskProperties: { ORDERED_PARTITION_KEYS_LIST: '["industry","region"]' },
    },
    gives: [{ type: "partition", fields: ["industry", "region"] }],
  },
  {
    title: "a partition by the fields that it names",
    task: { taskType: "Partition", sourceFields: ["region", "region"] },
    gives: [{ type: "partition", fields: ["region"] }],
  },
  {
    title: "the source connector's operator among several",
    task: {
      taskType: "Filter",
      connectorOperator: { CustomConnector: "NO_OP", S3: "PROJECTION" },
      sourceFields: ["a"],
    },
    gives: [{ type: "project", fields: ["a"] }],
  },
  {
    title: "another connector's operator when it stands alone",
    task: { taskType: "Filter", connectorOperator: { CustomConnector: "PROJECTION" }, sourceFields: ["a"] },
    gives: [{ type: "project", fields: ["a"] }],
  },
  {
    title: "one operator under several other connectors",
    task: {
      taskType: "Filter",
      connectorOperator: { CustomConnector: "PROJECTION", Veeva: "PROJECTION" },
      sourceFields: ["a"],
    },
    gives: [{ type: "project", fields: ["a"] }],
  },
];

interface Refusal {
  readonly title: string;
  readonly task: TaskRequest;
  /** `path: message — remedy` of each problem. */
  readonly problems: readonly string[];
}

const REFUSALS: readonly Refusal[] = [
  {
    title: "an operator of another task",
    task: { taskType: "Map", connectorOperator: operator("MASK_ALL"), sourceFields: ["a"] },
    problems: ["tasks[3].connectorOperator: MASK_ALL does not fit a Map task — use NO_OP, or make it a Mask task"],
  },
  {
    title: "a filter without operator",
    task: { taskType: "Filter", sourceFields: ["a"] },
    problems: [
      "tasks[3].connectorOperator: Filter needs an operator — use one of PROJECTION, EQUAL_TO, NOT_EQUAL_TO, " +
        "LESS_THAN, LESS_THAN_OR_EQUAL_TO, GREATER_THAN, GREATER_THAN_OR_EQUAL_TO, BETWEEN, CONTAINS",
    ],
  },
  {
    title: "several operators, none of the source connector",
    task: { taskType: "Mask", connectorOperator: { Veeva: "MASK_ALL", Slack: "MASK_LAST_N" }, sourceFields: ["a"] },
    problems: [
      "tasks[3].connectorOperator: it names several operators: MASK_ALL, MASK_LAST_N — keep the source connector's",
    ],
  },
  {
    title: "a filter of several fields, without value",
    task: { taskType: "Filter", connectorOperator: operator("EQUAL_TO"), sourceFields: ["a", "b"] },
    problems: [
      "tasks[3].sourceFields: Filter takes one field, not 2 — use one Filter task for each field: a record must pass them all",
      "tasks[3].taskProperties.VALUE: Filter with EQUAL_TO needs a value — give VALUE, or several in VALUES",
    ],
  },
  {
    title: "a filter with an empty list of values",
    task: {
      taskType: "Filter",
      connectorOperator: operator("EQUAL_TO"),
      sourceFields: ["a"],
      taskProperties: { VALUES: " , " },
    },
    problems: ["tasks[3].taskProperties.VALUE: Filter with EQUAL_TO needs a value — give VALUE, or several in VALUES"],
  },
  {
    title: "a filter with a broken list of values",
    task: {
      taskType: "Filter",
      connectorOperator: operator("EQUAL_TO"),
      sourceFields: ["a"],
      taskProperties: { VALUES: "[open, pending]" },
    },
    problems: [
      "tasks[3].taskProperties.VALUES: `[open, pending]` is not a JSON array of names — " +
        String.raw`write it like "[\"first\",\"second\"]", or names between commas`,
    ],
  },
  {
    title: "a BETWEEN without bounds",
    task: {
      taskType: "Filter",
      connectorOperator: operator("BETWEEN"),
      sourceFields: ["a"],
      taskProperties: { VALUES: "1,2" },
    },
    problems: [
      "tasks[3].taskProperties.LOWER_BOUND: Filter with BETWEEN needs LOWER_BOUND — BETWEEN lies between LOWER_BOUND and UPPER_BOUND, both excluded",
      "tasks[3].taskProperties.UPPER_BOUND: Filter with BETWEEN needs UPPER_BOUND — BETWEEN lies between LOWER_BOUND and UPPER_BOUND, both excluded",
    ],
  },
  {
    title: "a map of several fields",
    task: { taskType: "Map", sourceFields: ["a", "b"] },
    problems: [
      "tasks[3].sourceFields: Map takes one field, not 2 — use one Map task for each field, or a Merge task to join them",
    ],
  },
  {
    title: "a map of no field",
    task: { taskType: "Map", sourceFields: [""] },
    problems: [
      "tasks[3].sourceFields: Map takes one field, not 0 — use one Map task for each field, or a Merge task to join them",
    ],
  },
  {
    title: "a list of excluded fields that is no list of names",
    task: {
      taskType: "Map_all",
      sourceFields: [],
      taskProperties: { EXCLUDE_SOURCE_FIELDS_LIST: "[1]", INCLUDE_NEW_FIELDS: "ture" },
    },
    problems: [
      "tasks[3].taskProperties.EXCLUDE_SOURCE_FIELDS_LIST: `[1]` is not a JSON array of names — " +
        String.raw`write it like "[\"first\",\"second\"]", or names between commas`,
      'tasks[3].taskProperties.INCLUDE_NEW_FIELDS: "ture" is none of "true", "false" — did you mean "true"?',
    ],
  },
  {
    title: "a truncation without field and length",
    task: { taskType: "Truncate", sourceFields: [] },
    problems: [
      "tasks[3].sourceFields: Truncate takes one field or more, not 0",
      "tasks[3].taskProperties.TRUNCATE_LENGTH: Truncate needs TRUNCATE_LENGTH — say how many characters to keep",
    ],
  },
  ...["0", "-1", "1.5", "1e3", "ten", "0x10", "2147483648", "9".repeat(40)].map((length) => ({
    title: `a truncation to ${length}`,
    task: { taskType: "Truncate", sourceFields: ["a"], taskProperties: { TRUNCATE_LENGTH: length } },
    problems: [`tasks[3].taskProperties.TRUNCATE_LENGTH: "${length}" is not a whole number from 1 to 2147483647`],
  })),
  {
    title: "a mask of some characters, but how many",
    task: { taskType: "Mask", connectorOperator: operator("MASK_FIRST_N"), sourceFields: ["a"] },
    problems: [
      "tasks[3].taskProperties.MASK_LENGTH: Mask with MASK_FIRST_N needs MASK_LENGTH — say how many characters to mask",
    ],
  },
  {
    title: "a mask longer than any record should be",
    task: {
      taskType: "Mask",
      connectorOperator: operator("MASK_ALL"),
      sourceFields: ["a"],
      taskProperties: { MASK_LENGTH: "10001" },
    },
    problems: ['tasks[3].taskProperties.MASK_LENGTH: "10001" is not a whole number from 1 to 10000'],
  },
  {
    title: "a validation with an action that is not there",
    task: {
      taskType: "Validate",
      connectorOperator: operator("VALIDATE_NUMERIC"),
      sourceFields: ["a"],
      taskProperties: { VALIDATION_ACTION: "DropRecords" },
    },
    problems: [
      'tasks[3].taskProperties.VALIDATION_ACTION: there is no action "DropRecords" — did you mean "DropRecord"?',
    ],
  },
  {
    title: "a merge of nothing",
    task: { taskType: "Merge", sourceFields: [] },
    problems: ["tasks[3].sourceFields: Merge takes one field or more, not 0"],
  },
  {
    title: "an arithmetic with one field",
    task: { taskType: "Arithmetic", connectorOperator: operator("ADDITION"), sourceFields: ["a"] },
    problems: ["tasks[3].sourceFields: Arithmetic takes 2 fields or more, not 1"],
  },
  {
    title: "an arithmetic in an order that names another field",
    task: {
      taskType: "Arithmetic",
      connectorOperator: operator("ADDITION"),
      sourceFields: ["price", "tax"],
      taskProperties: { MATH_OPERATION_FIELDS_ORDER: "prise,tax" },
    },
    problems: [
      'tasks[3].taskProperties.MATH_OPERATION_FIELDS_ORDER: "prise" is none of "price", "tax" — did you mean "price"?',
    ],
  },
  {
    title: "an arithmetic in an order that names several other fields",
    task: {
      taskType: "Arithmetic",
      connectorOperator: operator("ADDITION"),
      sourceFields: [..."abcdefghijkl"],
      taskProperties: { MATH_OPERATION_FIELDS_ORDER: "x,a,y" },
    },
    problems: [
      'tasks[3].taskProperties.MATH_OPERATION_FIELDS_ORDER: "x", "y" are none of "a", "b", "c", "d", "e", "f", "g", "h", "i", "j", …',
    ],
  },
  {
    title: "a partition by no field",
    task: { taskType: "Partition", sourceFields: [] },
    problems: ["tasks[3].sourceFields: Partition takes one field or more, not 0"],
  },
  {
    title: "a partition by eleven fields",
    task: { taskType: "Partition", sourceFields: [..."abcdefghijk"] },
    problems: ["tasks[3].sourceFields: 11 partition fields are more than the limit, 10"],
  },
];

describe("parseTask", () => {
  it.each(CASES)("reads $title", ({ task, gives }) => {
    expect(parseTask(task, 0, "S3")).toEqual({ tasks: gives.map((given) => ({ ...given, index: 0 })), problems: [] });
  });

  it.each(REFUSALS)("refuses $title", ({ task, problems }) => {
    const parsed = parseTask(task, 3, "S3");

    const texts = parsed.problems.map(
      ({ path, message, remedy }) => `${path}: ${message}${remedy === undefined ? "" : ` — ${remedy}`}`,
    );
    expect(texts).toEqual(problems);
    expect(parsed.tasks).toEqual([]);
  });

  it.each<TaskRequest>([
    { sourceFields: ["a"] },
    { taskType: "Map" },
    { taskType: "MapAll", sourceFields: [] },
    { taskType: "constructor", sourceFields: [] },
    { taskType: "Mask", sourceFields: ["a"], connectorOperator: operator("MASK") },
  ])("leaves to others what has not the shape of a task: %j", (task) => {
    expect(parseTask(task, 0, "S3")).toEqual({ tasks: [], problems: [] });
  });
});
